using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Xunit;

namespace Resilience.Samples.Tests.Systemd;

/// <summary>The samples' own unit files in a lab, as they are but for ports and shorter times; the samples are published.</summary>
internal sealed class SampleUnits : IDisposable
{
    public const string Api = "resilience-api.service", Web = "resilience-web.service", Worker = "resilience-worker.service";

    /// <summary>In the order in which nothing is there that they need.</summary>
    public static readonly string[] All = [Web, Worker, Api];

    public static readonly TimeSpan Watchdog = TimeSpan.FromSeconds(3), RestartDelay = TimeSpan.FromSeconds(1);

    private readonly HttpClient _client = new(new SocketsHttpHandler { AllowAutoRedirect = false, UseProxy = false, UseCookies = false });

    public SampleUnits()
    {
        Assert.SkipWhen(SystemdLab.Obstacle is not null, SystemdLab.Obstacle ?? "");
        Lab = new();
        Lab.AddUnits(Folder);
        Lab.Mount(Path.Combine(AppContext.BaseDirectory, "published"), "/opt/resilience");
        Lab.Mount(DotnetFolder, "/opt/dotnet"); // Wherever it is here, the units' users may not get there.
        Lab.Configure("service", "[Service]\nEnvironment=DOTNET_ROOT=/opt/dotnet");
        Lab.Configure("service", $"[Service]\nWatchdogSec={Watchdog.TotalSeconds}\nRestartSec={RestartDelay.TotalSeconds}");
        SetAll("Health__Period", "00:00:00.5");
        SetAll("Health__FailingPeriod", "00:00:00.2");
        SetAll("Import__Period", "00:00:00.2");
        SetAll("Import__MaxSilence", "00:00:01");
        SetAll("Backends__api__Address", ApiUrl);
        SetAll("Backends__api__Timeout", "00:00:00.5");
        Set(Api, "ASPNETCORE_URLS", ApiUrl);
        Set(Web, "ASPNETCORE_URLS", WebUrl);
    }

    /// <summary>Where the unit files are.</summary>
    public static string Folder { get; } = Path.Combine(AppContext.BaseDirectory, "units");

    public SystemdLab Lab { get; }

    public string ApiUrl { get; } = $"http://127.0.0.1:{Ports.Free()}";

    public string WebUrl { get; } = $"http://127.0.0.1:{Ports.Free()}";

    private static string DotnetFolder =>
        Path.GetFullPath(Path.Combine(System.Runtime.InteropServices.RuntimeEnvironment.GetRuntimeDirectory(), "..", "..", ".."));

    /// <summary>An environment variable of a unit's service.</summary>
    public void Set(string unit, string name, string value) => Lab.Configure(unit, $"[Service]\nEnvironment=\"{name}={value.Replace("%", "%%", StringComparison.Ordinal)}\"");

    public void SetAll(string name, string value) => Set("service", name, value);

    public Task StartAsync(params string[] units) => Lab.SystemctlAsync(["start", "--no-block", .. units]);

    public async Task ReadyAsync(params string[] units)
    {
        foreach (var unit in units)
            await Lab.UntilAsync(unit, "ActiveState", "active");
    }

    public Task SaysAsync(string unit, string words) => Lab.UntilAsync(unit, "StatusText", said => said.Contains(words, StringComparison.Ordinal), words);

    /// <summary>Adds the Api once more, under another name and port, without the extension of its start.</summary>
    public async Task AddHastyAsync(string name)
    {
        Lab.AddUnit(name, await File.ReadAllTextAsync(Path.Combine(Folder, Api)));
        Set(name, "Systemd__ExtendStart", "false");
        Set(name, "ASPNETCORE_URLS", $"http://127.0.0.1:{Ports.Free()}");
    }

    /// <summary>The worker has just brought the leaderboard.</summary>
    public async Task ImportsAsync()
    {
        const string File = "/var/lib/resilience-worker/leaderboard.json";
        await Lab.RunAsync("rm", "-f", File);
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(50));
        for (var began = Environment.TickCount64; (await Lab.RunAsync("test", "-s", File)).Code != 0; await timer.WaitForNextTickAsync())
        {
            if (Environment.TickCount64 - began > 30_000)
                throw new TimeoutException($"The worker imports nothing.\n{Lab.Log(Worker)}");
        }
    }

    /// <summary>For who reads the tests' output.</summary>
    public static void Show(string text) => TestContext.Current.TestOutputHelper?.WriteLine(text);

    /// <summary>The status; 0 if there is no answer.</summary>
    public async Task<(HttpStatusCode Status, string Body)> GetAsync(string url)
    {
        try
        {
            using var response = await _client.GetAsync(new Uri(url)).Within();
            return (response.StatusCode, await response.Content.ReadAsStringAsync().Within());
        }
        catch (HttpRequestException e)
        {
            return (0, e.Message);
        }
    }

    /// <summary>Orders a fault. Whether it is answered is another matter; HttpClient would order it again, of the next process.</summary>
    public async Task StrikeApiAsync(string fault)
    {
        using var connection = new TcpClient();
        await connection.ConnectAsync(new Uri(ApiUrl).Host, new Uri(ApiUrl).Port).Within();
        await connection.GetStream().WriteAsync(Encoding.ASCII.GetBytes($"POST /faults/{fault} HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\n\r\n")).AsTask().Within();
    }

    /// <summary>Asks until the answer is as wanted, and says when that was.</summary>
    public async Task<long> AnswersAsync(string url, HttpStatusCode status)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(10));
        HttpStatusCode said = 0;
        for (var began = Environment.TickCount64; Environment.TickCount64 - began < 30_000; await timer.WaitForNextTickAsync())
        {
            if ((said = (await GetAsync(url)).Status) == status)
                return Stopwatch.GetTimestamp();
        }

        throw new TimeoutException($"{url} answers {said} and not {status}.");
    }

    public void Dispose()
    {
        Lab?.Dispose();
        _client.Dispose();
    }
}
