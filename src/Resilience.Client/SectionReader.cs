using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Options;

namespace Resilience.Client;

/// <summary>Brings the section <c>Backends:&lt;name&gt;</c>, and service discovery's conventional keys, into the options of the backends.</summary>
internal sealed class SectionReader(Registrations registered, IServiceProvider services) : IConfigureNamedOptions<BackendOptions>
{
    public const string Root = "Backends";

    private readonly IConfiguration? _configuration = (IConfiguration?)services.GetService(typeof(IConfiguration)); // None outside of a host.

    public void Configure(BackendOptions options)
    {
    }

    public void Configure(string? name, BackendOptions options)
    {
        if (name is null || !registered.Contains(name) || _configuration is not { } configuration)
            return;
        OptionsReader.Read(configuration.GetSection(Root).GetSection(name), options, options.ReadFaults);
        if (options.Address is not null)
            return;
        var service = configuration.GetSection("services").GetSection(name);
        if ((service["https:0"] ?? service["http:0"]) is { } address)
            options.Address = OptionsReader.ToUri(address);
        options.AddressHint = Hint(name, configuration);
    }

    private static string Hint(string backend, IConfiguration configuration)
    {
        var others = configuration.GetSection(Root).GetChildren().Select(child => child.Key)
            .Where(key => !key.Equals(backend, StringComparison.OrdinalIgnoreCase)).ToArray();
        if (others.Length > 0)
            return $" ({Root} has {string.Join(", ", others)})";
        return configuration.GetSection(Root).Exists() ? "" : $" (there is no section {Root})";
    }
}
