using System.Net.Sockets;
using Xunit;

namespace Resilience.Samples.Tests.Prometheus;

/// <summary>Every expression of the shipped dashboard, run by a real Prometheus that has seen a short outage, has data.</summary>
public sealed class DashboardTests
{
    // Only systemd itself says how often it has restarted a unit, and only a process that is about to end drains. Retries are withheld in RetryAlertTests.
    private static readonly string[] Without = ["resilience_hosting_restarts", "resilience_health_drain_duration_seconds", "resilience_client_retries_withheld_total"];

    [Fact]
    public async Task Every_expression_has_data()
    {
        using var systemd = new NotifySocket();
        await using var pair = await Pair.StartAsync(
            ("Backends__api__Timeout", "00:00:01"), ("Backends__api__Retry__BaseDelay", "00:00:00"), ("NOTIFY_SOCKET", systemd.Path), ("WATCHDOG_USEC", "4000000"));
        using var watched = await Watched.StartAsync(("api", pair.Api), ("web", pair.Web));
        await watched.ShowsAsync("""rate(resilience_client_call_duration_seconds_count{outcome="success"}[2s]) > 0""");

        await pair.BeginAsync("status?code=503&seconds=600");
        await watched.ShowsAsync("resilience_client_backend_up == 0");
        await watched.ShowsAsync("""rate(resilience_client_call_duration_seconds_count{outcome="failure", reason="unavailable"}[2s]) > 0""");
        await watched.ShowsAsync("resilience_health_check_failures_total");
        await pair.EndFaultsAsync();
        await watched.ShowsAsync("resilience_client_backend_up == 1");
        await watched.ShowsAsync("dotnet_gc_last_collection_heap_size_bytes > 0");

        var silent = new List<string>();
        var expressions = Shipped.Expressions().ToList();
        foreach (var (panel, expression) in expressions)
        {
            var samples = await watched.Server.QueryAsync(expression);
            if (!samples.Any(sample => double.IsFinite(sample.Value)) && !Without.Any(name => expression.Contains(name, StringComparison.Ordinal)))
                silent.Add($"{panel}: {expression}");
        }

        Assert.True(expressions.Count > 50, $"Only {expressions.Count} expressions.");
        Assert.True(silent.Count == 0, $"No data:\n{string.Join('\n', silent)}");
    }

    [Fact]
    public void Every_metric_of_the_rules_and_the_dashboard_is_documented()
    {
        var documented = Names(File.ReadAllText(Shipped.Path("telemetry.md")));
        var used = Names(File.ReadAllText(Shipped.Path("alerts.yml"))).Union(Names(File.ReadAllText(Shipped.Path("dashboard.json")))).ToList();
        string[] parts = ["_bucket", "_count", "_sum"];

        Assert.DoesNotContain(used, name => !documented.Contains(name) && !parts.Any(part => name.EndsWith(part, StringComparison.Ordinal) && documented.Contains(name[..^part.Length])));
        Assert.DoesNotContain(documented, name => !used.Any(use => use.StartsWith(name, StringComparison.Ordinal))); // Nothing is measured that nobody looks at.

        static HashSet<string> Names(string text) =>
            [.. text.Split([' ', '(', ')', '{', '[', '`', '|', '\n', '"'], StringSplitOptions.RemoveEmptyEntries).Where(word => word.StartsWith("resilience_", StringComparison.Ordinal))];
    }

    /// <summary>Where systemd would listen: nobody reads it, and it holds a good many pings.</summary>
    private sealed class NotifySocket : IDisposable
    {
        private readonly Socket _socket = new(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified);

        public NotifySocket() => _socket.Bind(new UnixDomainSocketEndPoint(Path));

        public string Path { get; } = System.IO.Path.Combine(Directory.CreateTempSubdirectory("notify-").FullName, "socket");

        public void Dispose()
        {
            _socket.Dispose();
            Directory.Delete(System.IO.Path.GetDirectoryName(Path) ?? "", recursive: true);
        }
    }
}
