using System.Globalization;
using System.Text.Json;

namespace Resilience.TestKit;

/// <summary>
/// A real Prometheus on a port of 127.0.0.1, with its configuration and storage in a folder of its own. Gone, with its folder, when this is disposed. What it scrapes shows in <see cref="QueryAsync"/> a moment later: poll.
/// </summary>
public sealed class PrometheusServer : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("prometheus-").FullName;
    private readonly HttpClient _client;
    private Daemon? _process;

    private PrometheusServer()
    {
        Address = new($"http://127.0.0.1:{Port}/");
        _client = new() { BaseAddress = Address, Timeout = TimeSpan.FromSeconds(10) };
    }

    public int Port { get; } = Ports.Free();

    public Uri Address { get; }

    public string Output => _process?.Output ?? "";

    /// <summary>Scrapes <c>/metrics</c> of these as the job <c>test</c>.</summary>
    /// <param name="targets">Each <c>127.0.0.1:port</c>.</param>
    /// <param name="rules">Files of rules, by full path.</param>
    /// <param name="interval">Between two scrapes, and two evaluations of the rules: one second unless told, not below a millisecond.</param>
    public static Task<PrometheusServer> StartAsync(IEnumerable<string> targets, IEnumerable<string>? rules = null, TimeSpan? interval = null)
    {
        var every = string.Create(CultureInfo.InvariantCulture, $"{(interval ?? TimeSpan.FromSeconds(1)).TotalMilliseconds:0}ms");
        return StartAsync($$"""
            global: { scrape_interval: {{every}}, scrape_timeout: {{every}}, evaluation_interval: {{every}} }
            rule_files: {{JsonSerializer.Serialize(rules ?? [])}}
            scrape_configs:
              - job_name: test
                static_configs:
                  - targets: {{JsonSerializer.Serialize(targets)}}
            """);
    }

    /// <param name="configuration">A whole prometheus.yml. Files that it names are looked for in its folder, so give full paths.</param>
    public static async Task<PrometheusServer> StartAsync(string configuration)
    {
        var server = new PrometheusServer();
        try
        {
            await server.StartNewAsync(configuration);
            return server;
        }
        catch
        {
            server.Dispose();
            throw;
        }
    }

    /// <summary>The answer's <c>data</c> for any call of its API: <c>query?query=up</c>, <c>targets</c>, <c>metadata</c>.</summary>
    public async Task<JsonElement> ApiAsync(string call)
    {
        using var response = await _client.GetAsync(new Uri("api/v1/" + call, UriKind.Relative));
        var text = await response.Content.ReadAsStringAsync();
        if (!response.IsSuccessStatusCode)
            throw new InvalidOperationException($"Prometheus answers {(int)response.StatusCode} to {call}: {text}");
        using var body = JsonDocument.Parse(text);
        return body.RootElement.GetProperty("data").Clone();
    }

    /// <summary>The series that an expression gives now, each with its labels; a number is one without labels.</summary>
    public async Task<IReadOnlyList<PrometheusSample>> QueryAsync(string expression)
    {
        var data = await ApiAsync("query?query=" + Uri.EscapeDataString(expression));
        var result = data.GetProperty("result");
        if (data.GetProperty("resultType").GetString() is "scalar")
            return [new(new Dictionary<string, string>(), Number(result[1]))];
        return [.. result.EnumerateArray().Select(series => new PrometheusSample(Labels(series.GetProperty("metric")), Number(series.GetProperty("value")[1])))];
    }

    /// <summary>Alerts that are pending or firing.</summary>
    public async Task<IReadOnlyList<PrometheusAlert>> AlertsAsync() =>
        [.. (await ApiAsync("alerts")).GetProperty("alerts").EnumerateArray().Select(alert => new PrometheusAlert(
            alert.GetProperty("labels").GetProperty("alertname").GetString() ?? "",
            alert.GetProperty("state").GetString() ?? "",
            Labels(alert.GetProperty("labels")),
            Labels(alert.GetProperty("annotations"))))];

    /// <summary>What it says of the last scrape of each target, by address: empty if that was accepted. Those not scraped yet are missing.</summary>
    public async Task<IReadOnlyDictionary<string, string>> ScrapeErrorsAsync() =>
        (await ApiAsync("targets")).GetProperty("activeTargets").EnumerateArray()
            .Where(target => target.GetProperty("health").GetString() is not "unknown")
            .ToDictionary(target => target.GetProperty("scrapeUrl").GetString() ?? "", target => target.GetProperty("lastError").GetString() ?? "");

    public void Dispose()
    {
        _process?.Dispose();
        _client.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    private async Task StartNewAsync(string configuration)
    {
        var file = Path.Combine(_folder, "prometheus.yml");
        await File.WriteAllTextAsync(file, configuration);
        _process = Daemon.Start(
            "prometheus",
            [
                "--config.file", file, "--storage.tsdb.path", Path.Combine(_folder, "data"), "--web.listen-address", $"127.0.0.1:{Port}",
                "--enable-feature", "exemplar-storage", "--log.level", "warn",
            ],
            _folder);
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(20));
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        while (!await IsReadyAsync())
        {
            if (_process.HasExited)
                throw new InvalidOperationException($"prometheus ended: {Output}");
            await timer.WaitForNextTickAsync(limit.Token);
        }
    }

    private async Task<bool> IsReadyAsync()
    {
        try
        {
            using var response = await _client.GetAsync(new Uri("-/ready", UriKind.Relative));
            return response.IsSuccessStatusCode;
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }

    private static Dictionary<string, string> Labels(JsonElement labels) => labels.EnumerateObject().ToDictionary(label => label.Name, label => label.Value.GetString() ?? "");

    private static double Number(JsonElement number) => number.GetString() switch
    {
        "+Inf" => double.PositiveInfinity,
        "-Inf" => double.NegativeInfinity,
        var text => double.Parse(text ?? "", CultureInfo.InvariantCulture),
    };
}

/// <summary>A series at one moment.</summary>
public sealed record PrometheusSample(IReadOnlyDictionary<string, string> Labels, double Value);

/// <summary>An alert; its state is <c>pending</c> or <c>firing</c>.</summary>
public sealed record PrometheusAlert(string Name, string State, IReadOnlyDictionary<string, string> Labels, IReadOnlyDictionary<string, string> Annotations);
