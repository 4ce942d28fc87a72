using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Options;

namespace Resilience.Client;

/// <summary>Brings the section <c>Backends:&lt;name&gt;</c>, and service discovery's conventional keys, into the options of one backend.</summary>
internal sealed class SectionReader(string backend, IConfiguration? configuration) : IConfigureNamedOptions<BackendOptions>
{
    public const string Root = "Backends";

    public void Configure(BackendOptions options)
    {
    }

    public void Configure(string? name, BackendOptions options)
    {
        if (name != backend || configuration is null)
            return;
        OptionsReader.Read(configuration.GetSection(Root).GetSection(backend), options, options.ReadFaults);
        if (options.Address is not null)
            return;
        var service = configuration.GetSection("services").GetSection(backend);
        if ((service["https:0"] ?? service["http:0"]) is { } address)
            options.Address = OptionsReader.ToUri(address);
        options.AddressHint = Hint(configuration);
    }

    private string Hint(IConfiguration configuration)
    {
        var others = configuration.GetSection(Root).GetChildren().Select(child => child.Key)
            .Where(key => !key.Equals(backend, StringComparison.OrdinalIgnoreCase)).ToArray();
        if (others.Length > 0)
            return $" ({Root} has {string.Join(", ", others)})";
        return configuration.GetSection(Root).Exists() ? "" : $" (there is no section {Root})";
    }
}
