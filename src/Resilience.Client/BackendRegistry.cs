using System.Diagnostics.CodeAnalysis;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Primitives;

namespace Resilience.Client;

/// <summary>That a backend of this name exists; one per <c>AddResilientBackend</c>.</summary>
internal sealed record BackendRegistration(string Name);

/// <summary>Makes each backend once, keeps it for the life of the host, and brings it reloaded options.</summary>
internal sealed class BackendRegistry : IBackends, IDisposable
{
    private readonly Dictionary<string, Lazy<Backend>> _backends;
    private readonly IOptionsFactory<BackendOptions> _options;
    private readonly ILogger _logger;
    private readonly IDisposable? _reload;
    private readonly InFlight _inFlight;
    private readonly string[] _names;

    public BackendRegistry(
        IEnumerable<BackendRegistration> registrations, IOptionsFactory<BackendOptions> options, ILoggerFactory loggers,
        IServiceProvider services)
    {
        _options = options;
        _logger = loggers.CreateLogger("Resilience.Client");
        var clock = new Clock((TimeProvider?)services.GetService(typeof(TimeProvider)) ?? TimeProvider.System);
        _inFlight = new(clock);
        _names = [.. registrations.Select(registration => registration.Name)];
        _backends = _names.ToDictionary(
            name => name,
            name => new Lazy<Backend>(() => new(name, _options.Create(name), clock, _inFlight, Random.Shared.NextDouble, _logger)),
            StringComparer.Ordinal);
        if (services.GetService(typeof(IConfiguration)) is IConfiguration configuration)
            _reload = ChangeToken.OnChange(configuration.GetReloadToken, Reload);
    }

    public IReadOnlyList<IBackend> All => [.. _names.Select(Get)];

    public IBackend this[string name] => Get(name);

    public Backend Get(string name) => _backends.TryGetValue(name, out var backend)
        ? backend.Value
        : throw new KeyNotFoundException(
            $"There is no backend '{name}'; AddResilientBackend was called for {string.Join(", ", _names)}.");

    public bool TryGet(string name, [NotNullWhen(true)] out IBackend? backend)
    {
        backend = _backends.TryGetValue(name, out var found) ? found.Value : null;
        return backend is not null;
    }

    public void Dispose()
    {
        _reload?.Dispose();
        foreach (var backend in _backends.Values.Where(backend => backend.IsValueCreated))
            backend.Value.Dispose();
        _inFlight.Dispose();
    }

    private void Reload()
    {
        foreach (var backend in _backends.Values.Where(backend => backend.IsValueCreated).Select(backend => backend.Value))
        {
            var log = new BackendLog(backend.Name, _logger);
            try
            {
                if (backend.Reload(_options.Create(backend.Name)))
                    log.Reloaded();
            }
            catch (OptionsValidationException e)
            {
                log.ReloadFailed(string.Join(' ', e.Failures));
            }
            catch (Exception e)
            {
                // Thrown by a configure delegate: the thread that reloads the configuration is not ours to break.
                log.ReloadFailed(e.Message);
            }
        }
    }
}
