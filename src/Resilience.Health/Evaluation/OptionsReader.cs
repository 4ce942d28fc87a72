using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Options;

namespace Resilience.Health;

/// <summary>Brings the section <c>Health</c> into the options and remembers what it could not use.</summary>
internal sealed class OptionsReader(IConfiguration? configuration) : IConfigureOptions<HealthOptions>
{
    public void Configure(HealthOptions options)
    {
        if (configuration is null)
            return;
        var section = new OptionsSection(configuration.GetSection("Health"), options.ReadFaults);
        section.Time("Period", value => options.Period = value);
        section.Time("FailingPeriod", value => options.FailingPeriod = value);
        section.Time("Timeout", value => options.Timeout = value);
        section.Number("MaxConcurrent", value => options.MaxConcurrent = value);
        section.Number("FailureThreshold", value => options.FailureThreshold = value);
        section.Number("SuccessThreshold", value => options.SuccessThreshold = value);
        section.Time("StaleAfter", value => options.StaleAfter = value);
        section.Time("MinRefreshInterval", value => options.MinRefreshInterval = value);
        section.Choice<EvaluationMode>("Mode", value => options.Mode = value);
        section.Time("DrainDelay", value => options.DrainDelay = value);
        section.Flag("RefuseWhileStarting", value => options.RefuseWhileStarting = value);
        section.Items("ServeWhileStarting", options.ServeWhileStarting.Add);
        section.Text("HeartbeatFile", value => options.HeartbeatFile = value);
        section.Flag("WarnOnly", value => options.WarnOnly = value);
        foreach (var child in section.Children("Checks"))
        {
            child.RejectValue();
            var check = options.Check(child.Name);
            child.Flag("Critical", value => check.Critical = value);
            child.Time("Period", value => check.Period = value);
            child.Time("Timeout", value => check.Timeout = value);
            child.Number("FailureThreshold", value => check.FailureThreshold = value);
            child.Number("SuccessThreshold", value => check.SuccessThreshold = value);
            child.Text("HealthyText", value => check.HealthyText = value);
            child.Flag("InProcess", value => check.InProcess = value);
            child.RejectUnknown();
        }

        foreach (var child in section.Children("Groups"))
            options.Groups[child.Name] = [.. child.Items()];
        section.RejectUnknown();
    }
}
