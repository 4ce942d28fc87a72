using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Options;

namespace Resilience.Hosting;

/// <summary>Brings the section <c>Systemd</c> into the options and remembers what it could not use.</summary>
internal sealed class SystemdNotifyReader(IConfiguration? configuration) : IConfigureOptions<SystemdNotifyOptions>
{
    public void Configure(SystemdNotifyOptions options)
    {
        if (configuration is null)
            return;
        var section = new OptionsSection(configuration.GetSection("Systemd"), options.ReadFaults);
        section.Flag("ExtendStart", value => options.ExtendStart = value);
        section.Flag("Watchdog", value => options.Watchdog = value);
        section.Flag("ReloadOnHangup", value => options.ReloadOnHangup = value);
        section.RejectUnknown();
    }
}
