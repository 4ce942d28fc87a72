using System.Net;
using System.Net.Sockets;
using Xunit;

namespace Resilience.Hosting.Tests;

/// <summary>That a real systemd answers who asks it how often it has restarted him.</summary>
public sealed class RestartsInLabTests : IDisposable
{
    private const string Unit = "gated.service";

    private const string Sandbox = """
        [Service]
        NoNewPrivileges=yes
        PrivateTmp=yes
        ProtectSystem=strict
        RestrictSUIDSGID=yes
        UMask=0077
        ProtectHome=yes
        PrivateDevices=yes
        ProtectClock=yes
        ProtectControlGroups=yes
        ProtectHostname=yes
        ProtectKernelLogs=yes
        ProtectKernelModules=yes
        ProtectKernelTunables=yes
        ProtectProc=invisible
        CapabilityBoundingSet=
        LockPersonality=yes
        RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6 AF_NETLINK
        RestrictNamespaces=yes
        RestrictRealtime=yes
        SystemCallArchitectures=native
        SystemCallFilter=@system-service
        """;

    private readonly SystemdLab _lab;
    private readonly TcpListener _db = new(IPAddress.Loopback, 0);

    public RestartsInLabTests()
    {
        Assert.SkipWhen(SystemdLab.Obstacle is not null, SystemdLab.Obstacle ?? "");
        _lab = new();
        _db.Start();
        _lab.Mount(AppContext.BaseDirectory, "/opt/gated");
        _lab.Mount(Path.GetFullPath(Path.Combine(System.Runtime.InteropServices.RuntimeEnvironment.GetRuntimeDirectory(), "..", "..", "..")), "/opt/dotnet");
        _lab.AddUnit(Unit, $"""
            [Service]
            Type=notify
            WorkingDirectory=/opt/gated
            ExecStart=/opt/dotnet/dotnet /opt/gated/GatedApp.dll worker run
            Environment=Db=127.0.0.1:{((IPEndPoint)_db.LocalEndpoint).Port} Restarts=shown Logging__LogLevel__Default=Debug
            Restart=always
            RestartSec=200ms
            """);
    }

    [Fact]
    public async Task Unit_that_was_killed_twice_says_two_also_in_the_sandbox_of_the_samples_units()
    {
        _lab.Configure(Unit, Sandbox);
        await _lab.BootAsync();
        await _lab.SystemctlAsync("start", Unit);
        await SaysAsync("restarts: 0");
        for (var kill = 1; kill <= 2; kill++)
        {
            await _lab.SystemctlAsync("kill", "--signal=KILL", Unit);
            await SaysAsync($"restarts: {kill}");
        }

        Assert.DoesNotContain("cannot be told", _lab.Log(Unit), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Service_that_reaches_no_bus_has_no_number_and_says_why_once()
    {
        _lab.Configure(Unit, "[Service]\nDynamicUser=yes"); // Only root may ask systemd itself; others go by D-Bus, which is not in the lab.
        await _lab.BootAsync();
        await _lab.SystemctlAsync("start", Unit);
        await SaysAsync("How often systemd has restarted this unit cannot be told. systemctl says nothing of use: Failed to connect to bus");
        Assert.DoesNotContain("restarts: ", _lab.Log(Unit), StringComparison.Ordinal);
    }

    public void Dispose()
    {
        _lab.Dispose();
        _db.Dispose();
    }

    private Task SaysAsync(string words) => Eventually.IsTrueAsync(() => _lab.Log(Unit).Contains(words, StringComparison.Ordinal), $"{words}\n{_lab.Log(Unit)}\n{_lab.SystemdLog}");
}
