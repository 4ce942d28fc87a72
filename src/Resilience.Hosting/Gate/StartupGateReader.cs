using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Options;

namespace Resilience.Hosting;

/// <summary>Brings the section <c>StartupGate</c> into the options and remembers what it could not use.</summary>
internal sealed class StartupGateReader(IConfiguration? configuration) : IConfigureOptions<StartupGateOptions>
{
    public void Configure(StartupGateOptions options)
    {
        if (configuration is null)
            return;
        var section = new OptionsSection(configuration.GetSection("StartupGate"), options.ReadFaults);
        section.Choice<GateMode>("Mode", value => options.Mode = value);
        section.Time("Timeout", value => options.Timeout = value);
        section.Time("OptionalTimeout", value => options.OptionalTimeout = value);
        section.Time("ReportPeriod", value => options.ReportPeriod = value);
        section.Flag("KeepWaiting", value => options.KeepWaiting = value);
        foreach (var child in section.Children("Checks"))
        {
            child.RejectValue();
            var check = options.Check(child.Name);
            child.Flag("Required", value => check.Required = value);
            child.Time("Timeout", value => check.Timeout = value);
            child.Number("Stage", value => check.Stage = value);
            child.RejectUnknown();
        }

        section.RejectUnknown();
    }
}
