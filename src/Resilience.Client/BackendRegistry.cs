using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;
using System.Diagnostics.Metrics;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Primitives;

namespace Resilience.Client;

/// <summary>Makes each backend once, keeps it for the life of the host, and brings it reloaded options.</summary>
internal sealed class BackendRegistry : IBackends, IDisposable
{
    private readonly ConcurrentDictionary<string, Backend> _backends = new(StringComparer.Ordinal);
    private readonly Lock _making = new();
    private readonly Clock _clock;
    private readonly IOptionsFactory<BackendOptions> _options;
    private readonly ILogger _logger;
    private readonly IDisposable? _reload;
    private readonly InFlight _inFlight;
    private readonly Func<double> _random = Random.Shared.NextDouble;
    private readonly AwaitedBackends _awaited;
    private readonly ClientMetrics _metrics;
    private readonly Registrations _registered;

    public BackendRegistry(
        Registrations registered, IOptionsFactory<BackendOptions> options, AwaitedBackends awaited, ILoggerFactory loggers,
        IMeterFactory meters, IServiceProvider services)
    {
        _registered = registered;
        _awaited = awaited;
        _options = options;
        _logger = loggers.CreateLogger("Resilience.Client");
        _clock = new((TimeProvider?)services.GetService(typeof(TimeProvider)) ?? TimeProvider.System);
        _inFlight = new(_clock);
        _metrics = new(meters.Create(TelemetryNames.Meter, TelemetryNames.Version), () => _backends.Values);
        if (services.GetService(typeof(IConfiguration)) is IConfiguration configuration)
            _reload = ChangeToken.OnChange(configuration.GetReloadToken, Reload);
    }

    public IReadOnlyList<IBackend> All => [.. _registered.Names.Select(Get)];

    public IBackend this[string name] => Get(name);

    public Backend Get(string name) => _backends.TryGetValue(name, out var backend) ? backend : Make(name);

    public bool Contains(string name) => _registered.Contains(name);

    public bool TryGet(string name, [NotNullWhen(true)] out IBackend? backend)
    {
        backend = Contains(name) ? Get(name) : null;
        return backend is not null;
    }

    /// <summary>All backends' options, so that all their faults are told at once.</summary>
    /// <exception cref="OptionsValidationException">Any has a fault.</exception>
    public void Validate()
    {
        var faults = new List<string>();
        foreach (var name in _registered.Names)
        {
            try
            {
                _options.Create(name);
            }
            catch (OptionsValidationException e)
            {
                faults.AddRange(e.Failures);
            }
        }

        if (faults.Count > 0)
            throw new OptionsValidationException(SectionReader.Root, typeof(BackendOptions), faults);
    }

    /// <summary>The host is about to stop.</summary>
    public void StopWaiting()
    {
        foreach (var backend in _backends.Values)
            backend.Entrance.StopWaiting();
    }

    private Backend Make(string name)
    {
        if (!Contains(name))
        {
            throw new KeyNotFoundException(
                $"There is no backend '{name}'; AddResilientBackend was called for {string.Join(", ", _registered.Names)}.");
        }

        lock (_making)
        {
            return _backends.GetOrAdd(name, key => new(key, _options.Create(key), _clock, _inFlight, _random, _metrics, _logger, _awaited.Contains(key)));
        }
    }

    public void Dispose()
    {
        _reload?.Dispose();
        foreach (var backend in _backends.Values)
            backend.Dispose();
        _inFlight.Dispose();
    }

    private void Reload()
    {
        foreach (var backend in _backends.Values)
        {
            var log = backend.Log;
            try
            {
                if (backend.Reload(_options.Create(backend.Name)) is { Length: > 0 } changes)
                    log.Reloaded(changes);
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
