using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Xunit;

namespace Resilience.Samples.Tests.Prometheus;

/// <summary>An Api of which every second answer is a 503: too well for a circuit, too ill for the budget.</summary>
public sealed class RetryAlertTests
{
    [Fact]
    public async Task Budget_that_is_used_up_and_one_that_is_too_large_are_told_of()
    {
        var url = $"http://127.0.0.1:{Ports.Free()}";
        await using var api = await FlakyAsync(url);
        using var usual = await WebAsync(url);
        using var greedy = await WebAsync(url, ("Backends__api__Budget__Ratio", "5"), ("Backends__api__Retry__MaxRetries", "10"), ("Backends__api__Timeout", "00:00:20"));
        using var watched = await Watched.StartAsync(("usual", usual), ("greedy", greedy));
        await watched.StaysSilentAsync(minutes: 0.5);

        await using (new Visits($"{usual.Url}/leaderboard", $"{greedy.Url}/leaderboard"))
            await watched.FiresAsync("greedy AmplificationHigh api", "usual CallsFail api", "usual HighErrorRate", "usual RetryBudgetExhausted api");

        await watched.ShowsAsync(Shipped.Expressions().Single(panel => panel.Panel == "Retries withheld by reason").Expression + " > 0");
        await watched.FiresAsync();
    }

    private static async Task<WebApplication> FlakyAsync(string url)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.UseUrls(url);
        builder.Logging.ClearProviders();
        var api = builder.Build();
        api.MapGet("/api/health/ready", () => "");
        var answered = 0;
        api.MapGet("/leaderboard", () => Interlocked.Increment(ref answered) % 2 == 0 ? Results.Ok(Array.Empty<string>()) : Results.StatusCode(503));
        await api.StartAsync(TestContext.Current.CancellationToken);
        return api;
    }

    private static async Task<Sample> WebAsync(string api, params (string Key, string Value)[] settings)
    {
        var web = new Sample("Web") { HostEnvironment = "Demo", Settings = { ["Backends__api__Address"] = api } };
        foreach (var (key, value) in settings)
            web.Settings[key] = value;
        return await web.ListensAsync();
    }
}
