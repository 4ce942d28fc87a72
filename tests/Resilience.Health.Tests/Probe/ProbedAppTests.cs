using Xunit;

namespace Resilience.Health.Tests.Probe;

/// <summary>A real web application, asked by its own executable with the same environment: so the probe must find where it listens.</summary>
public sealed class ProbedAppTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("probed-").FullName;
    private readonly string[] _ports = [.. Enumerable.Range(0, 3).Select(_ => $"{Ports.Free()}")];

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    // P1 to P3 are free ports.
    [Theory]
    [InlineData("ASPNETCORE_URLS=http://127.0.0.1:P1")]
    [InlineData("ASPNETCORE_URLS=http://[::1]:P1")]
    [InlineData("ASPNETCORE_URLS=http://*:P1")]
    [InlineData("ASPNETCORE_URLS=http://some-name:P1")]
    [InlineData("ASPNETCORE_URLS=http://unix:DIR/app.sock")]
    [InlineData("ASPNETCORE_URLS=http://127.0.0.1:P1|DOTNET_URLS=http://127.0.0.1:P2")]
    [InlineData("DOTNET_URLS=http://127.0.0.1:P1|URLS=http://127.0.0.1:P2|ASPNETCORE_HTTP_PORTS=P3")]
    [InlineData("ASPNETCORE_HTTP_PORTS=P1|DOTNET_HTTP_PORTS=P2;P3")]
    [InlineData("Kestrel__Endpoints__A__Url=http://127.0.0.1:P1|URLS=http://127.0.0.1:P2")]
    [InlineData("Kestrel__Endpoints__A__Url=http://127.0.0.1:P1|URLS=http://127.0.0.1:P2|ASPNETCORE_preferHostingUrls=true")]
    [InlineData("URLS=http://127.0.0.1:P1", "--urls=http://127.0.0.1:P2")]
    public async Task Probe_finds_where_the_application_listens(string environment, params string[] arguments)
    {
        var settings = Filled(environment).Split('|').ToDictionary(setting => setting.Split('=', 2)[0], setting => setting.Split('=', 2)[1]);
        string[] options = [.. arguments.Select(Filled)];
        using var app = Start(settings, options);
        await Eventually.IsTrueAsync(() => app.HasExited || app.Lines.Any(line => line.StartsWith("listening", StringComparison.Ordinal)), "the application listens");

        using var probe = Start(settings, ["--health-check", .. options]);

        Assert.Equal(0, await probe.ExitAsync());
        Assert.Equal($$"""healthy: 200 {"status":"ok","process":{{app.Id}}}""", Assert.Single(probe.Lines));
    }

    [Fact]
    public async Task Exit_codes_and_lines_are_those_that_Docker_reads()
    {
        var url = $"http://127.0.0.1:{_ports[0]}";
        using (var early = Start([], ["--health-check", _ports[0]]))
        {
            Assert.Equal(1, await early.ExitAsync());
            Assert.Equal($"unhealthy: refused by http://localhost:{_ports[0]}/health/ready", Assert.Single(early.Lines));
        }

        using var app = Start([], ["--urls", url]);
        await Eventually.IsTrueAsync(() => app.Output.Contains("listening", StringComparison.Ordinal), "the application listens");
        using var down = Start([], ["--health-check", $"{url}/down"]);
        Assert.Equal(1, await down.ExitAsync());
        Assert.Equal($$"""unhealthy: 503 {"status":"starting"} from {{url}}/down""", Assert.Single(down.Lines));
    }

    [Fact]
    public async Task Stopped_application_is_given_up_after_3_seconds()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Stopped with Linux' signal.");
        var url = $"http://127.0.0.1:{_ports[0]}";
        using var app = Start([], ["--urls", url]);
        await Eventually.IsTrueAsync(() => app.Output.Contains("listening", StringComparison.Ordinal), "the application listens");
        app.Signal(Daemon.SigStop);

        using var probe = Start([], ["--health-check", url]);

        Assert.Equal(1, await probe.ExitAsync());
        Assert.Equal($"unhealthy: no answer from {url}/health/ready within 3 s", Assert.Single(probe.Lines));
        app.Signal(Daemon.SigCont);
    }

    [Fact]
    public async Task Closed_standard_output_changes_nothing()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Closed by a shell.");
        using var probe = Daemon.Start("/bin/sh", ["-c", $"dotnet '{App}' --health-check {_ports[0]} >&-"]);

        Assert.Equal(1, await probe.ExitAsync());
        Assert.Empty(probe.Lines);
    }

    [Fact]
    public async Task Full_pipe_that_nobody_reads_is_given_up_and_the_exit_code_is_right()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "A pipe of a shell.");
        // Opened for both ways, so that opening does not wait; filled until it takes no more.
        var script = $"mkfifo pipe; exec 3<>pipe; timeout 1 dd if=/dev/zero bs=4096 count=64 >&3 2>dd; dotnet '{App}' --health-check {_ports[0]} >&3; echo ended with $?";
        using var probe = Daemon.Start("/bin/sh", ["-c", script], _folder);

        Assert.Equal(0, await probe.ExitAsync());
        Assert.Equal("ended with 1", Assert.Single(probe.Lines));
    }

    private static string App => Path.Combine(AppContext.BaseDirectory, "ProbedApp.dll");

    private Daemon Start(Dictionary<string, string> settings, IEnumerable<string> arguments) => Daemon.Start("dotnet", [App, .. arguments], _folder, settings);

    private string Filled(string text) =>
        text.Replace("P1", _ports[0], StringComparison.Ordinal).Replace("P2", _ports[1], StringComparison.Ordinal).Replace("P3", _ports[2], StringComparison.Ordinal)
            .Replace("DIR", _folder, StringComparison.Ordinal);
}
