using System.Globalization;

namespace Resilience.Samples.Tests.Prometheus;

/// <summary>A Prometheus with the shipped rules, quickened, that scrapes these. Each alert reads "job Alert", with the backend or the check that it names.</summary>
internal sealed class Watched : IDisposable
{
    private const int ScrapesPerMinute = 8; // Of the rules: every 7.5 s, within what their README asks for.
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    private readonly string _rules = Path.GetTempFileName();
    private PrometheusServer? _server;

    public PrometheusServer Server => _server ?? throw new InvalidOperationException("Not started.");

    public static async Task<Watched> StartAsync(params (string Job, Sample Sample)[] targets)
    {
        var watched = new Watched();
        try
        {
            await File.WriteAllTextAsync(watched._rules, Shipped.QuickRules());
            var every = string.Create(CultureInfo.InvariantCulture, $"{(Shipped.Minute / ScrapesPerMinute).TotalMilliseconds:0}ms");
            var jobs = targets.Select(target => $$"""  - { job_name: {{target.Job}}, static_configs: [ { targets: [ "127.0.0.1:{{target.Sample.Port}}" ] } ] }""");
            watched._server = await PrometheusServer.StartAsync($$"""
                global: { scrape_interval: {{every}}, scrape_timeout: {{every}}, evaluation_interval: {{every}} }
                rule_files: [ "{{watched._rules}}" ]
                scrape_configs:
                {{string.Join("\n", jobs)}}
                """);
            await watched.AllUpAsync(targets.Length);
            return watched;
        }
        catch
        {
            watched.Dispose();
            throw;
        }
    }

    /// <summary>Waits until exactly these fire. On the way no other may, but for those that do now.</summary>
    public async Task FiresAsync(params string[] expected)
    {
        var allowed = expected.Concat(await FiringAsync()).ToHashSet(StringComparer.Ordinal);
        IReadOnlyList<string> firing = [];
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(100));
        for (var left = (int)(Limit / timer.Period); left > 0; left--)
        {
            firing = await FiringAsync();
            if (firing.FirstOrDefault(alert => !allowed.Contains(alert)) is { } wrong)
                throw new InvalidOperationException($"{wrong} fires; expected are [{string.Join(", ", expected)}]. {await PendingAsync()}");
            if (firing.SequenceEqual(expected.Order(StringComparer.Ordinal)))
                return;
            await timer.WaitForNextTickAsync();
        }

        throw new TimeoutException($"[{string.Join(", ", firing)}] fire; expected are [{string.Join(", ", expected)}]. {await PendingAsync()}");
    }

    /// <summary>Nothing fires, and nothing does for this many minutes of the rules.</summary>
    public async Task StaysSilentAsync(double minutes)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(100));
        for (var left = (int)(minutes * Shipped.Minute / timer.Period); left > 0; left--)
        {
            if (await FiringAsync() is { Count: > 0 } firing)
                throw new InvalidOperationException($"[{string.Join(", ", firing)}] fire; expected is none.");
            await timer.WaitForNextTickAsync();
        }
    }

    /// <summary>Waits until an expression has a result.</summary>
    public async Task ShowsAsync(string expression)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(100));
        for (var left = (int)(Limit / timer.Period); left > 0; left--)
        {
            if (await Server.QueryAsync(expression) is { Count: > 0 })
                return;
            await timer.WaitForNextTickAsync();
        }

        throw new TimeoutException($"No result: {expression}");
    }

    public void Dispose()
    {
        _server?.Dispose();
        File.Delete(_rules);
    }

    private async Task<IReadOnlyList<string>> FiringAsync() =>
        [.. (await Server.AlertsAsync()).Where(alert => alert.State == "firing").Select(Name).Order(StringComparer.Ordinal)];

    private async Task<string> PendingAsync() => $"Pending: {string.Join(", ", (await Server.AlertsAsync()).Where(alert => alert.State == "pending").Select(Name))}";

    private static string Name(PrometheusAlert alert) =>
        string.Join(' ', new[] { alert.Labels["job"], alert.Name, alert.Labels.GetValueOrDefault("backend"), alert.Labels.GetValueOrDefault("check") }.OfType<string>());

    private Task AllUpAsync(int count) => ShowsAsync(string.Create(CultureInfo.InvariantCulture, $"sum(up) == {count}"));
}
