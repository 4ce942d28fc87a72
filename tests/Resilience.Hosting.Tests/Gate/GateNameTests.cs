using System.Net;
using System.Net.Sockets;
using Xunit;

namespace Resilience.Hosting.Tests.Gate;

/// <summary>A name that does not resolve yet: in a namespace of mounts with an /etc/hosts of its own, because that of the machine is everybody's.</summary>
public sealed class GateNameTests
{
    [Fact]
    public async Task Name_that_begins_to_resolve_opens_the_gate()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux() && Environment.IsPrivilegedProcess && await MayMountAsync(), "Needs root, and a namespace of mounts.");
        using var folder = new TemporaryFolder();
        var hosts = Path.Combine(folder.Path, "hosts");
        await File.WriteAllTextAsync(hosts, "127.0.0.1 localhost\n", TestContext.Current.CancellationToken);
        await File.WriteAllTextAsync(Path.Combine(folder.Path, "nsswitch.conf"), "hosts: files\n", TestContext.Current.CancellationToken); // So that nobody outside is asked.
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var app = Path.Combine(AppContext.BaseDirectory, "GatedApp.dll");
        using var daemon = Daemon.Start("unshare",
            ["--mount", "sh", "-c", $"mount --bind '{hosts}' /etc/hosts && mount --bind '{folder.Path}/nsswitch.conf' /etc/nsswitch.conf && exec dotnet '{app}' worker run"],
            folder.Path, new Dictionary<string, string> { ["Db"] = $"late.example:{((IPEndPoint)listener.LocalEndpoint).Port}" });
        await SaysAsync(daemon, "db is not there yet, its name does not resolve");

        await File.AppendAllTextAsync(hosts, "127.0.0.1 late.example\n", TestContext.Current.CancellationToken);

        await SaysAsync(daemon, "Application started");
        Assert.Contains("Startup gate: open after", daemon.Output, StringComparison.Ordinal);
        daemon.Signal(Daemon.SigTerm);
        Assert.Equal(0, await daemon.ExitAsync());
    }

    private static async Task<bool> MayMountAsync()
    {
        using var trial = Daemon.Start("unshare", ["--mount", "mount", "--bind", "/etc/hosts", "/etc/hosts"]);
        return await trial.ExitAsync() == 0;
    }

    private static async Task SaysAsync(Daemon app, string words)
    {
        try
        {
            await Eventually.IsTrueAsync(() => app.HasExited || app.Output.Contains(words, StringComparison.Ordinal), words);
        }
        catch (TimeoutException e)
        {
            throw new TimeoutException($"{e.Message} It said:\n{app.Output}", e);
        }
    }
}
