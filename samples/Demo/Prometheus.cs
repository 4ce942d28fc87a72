using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace Demo;

/// <summary>A Prometheus that scrapes Api and Web every second, so that a restart of 3 s can be looked at. It keeps what it has in the demo's folder.</summary>
internal sealed class Prometheus : IDisposable
{
    private const int UsualPort = 9090;
    private const string Web = """{job="web"}""";
    private static readonly TimeSpan LongestStart = TimeSpan.FromSeconds(20);

    // What Web's visitors do not notice: their calls to the Api wait, and none fails.
    private static readonly string[] Telling =
    [
        $"resilience_client_calls_waiting{Web}",
        """sum by (outcome) (rate(resilience_client_call_duration_seconds_count{job="web"}[3s]))""",
    ];

    private readonly Process _process;
    private readonly Guard? _guard;

    private Prometheus(Process process, Uri address)
    {
        (_process, Address) = (process, address);
        _guard = Guard.Of(process);
        process.OutputDataReceived += (_, _) => { };
        process.ErrorDataReceived += (_, _) => { };
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
    }

    public Uri Address { get; }

    /// <summary>Its own page, with two graphs of the demo's run, whenever it is opened. The page knows full minutes only.</summary>
    public Uri GraphsUntil(DateTimeOffset end) => new(Address, "graph?" + string.Join('&', Telling.Select((expression, i) =>
        string.Create(CultureInfo.InvariantCulture, $"g{i}.expr={Uri.EscapeDataString(expression)}&g{i}.tab=0&g{i}.range_input=100s&g{i}.end_input={end.UtcDateTime.AddMinutes(1):yyyy-MM-dd HH:mm}"))));

    /// <summary>Where the shell would find it; null if it is not installed.</summary>
    public static string? Find() =>
        (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries)
            .Select(folder => Path.Combine(folder, OperatingSystem.IsWindows() ? "prometheus.exe" : "prometheus")).FirstOrDefault(File.Exists);

    public static async Task<Prometheus> StartAsync(string program, TemporaryFolder folder, SampleProcess api, SampleProcess web, CancellationToken cancellationToken)
    {
        var config = Path.Combine(folder.Path, "prometheus.yml");
        await File.WriteAllTextAsync(
            config,
            $"""
            global: {"{"} scrape_interval: 1s, scrape_timeout: 1s {"}"}
            scrape_configs:
              - job_name: api
                static_configs: [targets: ["{api.Address.Authority}"]]
              - job_name: web
                static_configs: [targets: ["{web.Address.Authority}"]]

            """,
            cancellationToken);
        var address = IsFree(UsualPort) ? new($"http://127.0.0.1:{UsualPort}/") : SampleProcess.FreeAddress();
        var start = new ProcessStartInfo(
            program,
            ["--config.file", config, "--storage.tsdb.path", Path.Combine(folder.Path, "prometheus"), "--web.listen-address", address.Authority, "--log.level", "error"])
        {
            WorkingDirectory = folder.Path,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        var prometheus = new Prometheus(Process.Start(start) ?? throw new DemoException($"{program} did not start."), address);
        try
        {
            using var observer = new Observer(Stopwatch.StartNew());
            await observer.FirstSuccessAsync(new(address, "-/ready"), cancellationToken).WaitAsync(LongestStart, cancellationToken);
            return prometheus;
        }
        catch (TimeoutException)
        {
            prometheus.Dispose();
            throw new DemoException($"{program} was not ready within {LongestStart.TotalSeconds} s.");
        }
        catch
        {
            prometheus.Dispose();
            throw;
        }
    }

    public void Dispose()
    {
        _process.Kill();
        _process.WaitForExit();
        _guard?.Dispose();
        _process.Dispose();
    }

    private static bool IsFree(int port)
    {
        using var listener = new TcpListener(IPAddress.Loopback, port);
        try
        {
            listener.Start();
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
