using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Xunit;

namespace Resilience.Health.AspNetCore.Tests.Endpoints;

/// <summary>What is wrong stops the host when it starts, with the reason and the fix.</summary>
public sealed class StartTests
{
    [Fact]
    public async Task Details_open_to_anybody_stop_the_host()
    {
        var faults = await FaultsAsync(app => app.MapHealth());
        Assert.Contains("/health/deep shows details and is open to anybody: set DeepPolicy, ApiKey or ManagementPort", faults, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Paths_that_others_have_stop_the_host_whoever_came_first()
    {
        var faults = await FaultsAsync(app =>
        {
            app.MapGet("/health/live", () => "mine");
            app.MapHealth(options => options.Deep = false);
            app.MapGet("health/Ready/", () => "mine");
        });
        Assert.Contains("/health/live is mapped both by MapHealth(\"/health\") and as 'HTTP: GET /health/live", faults, StringComparison.OrdinalIgnoreCase);
        Assert.Contains("/health/ready is mapped both", faults, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("/health/startup", faults, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Same_base_twice_stops_the_host_and_two_bases_do_not()
    {
        Assert.Contains("by another MapHealth", await FaultsAsync(app => app.MapHealth(options => options.Deep = false).MapHealth("/Health", options => options.Deep = false)), StringComparison.Ordinal);

        await using var bench = new WebBench();
        bench.App.MapHealth(options => options.Deep = false).MapHealth("/api/status", options => options.Deep = false);
        await bench.StartAsync();
        Assert.Equal(System.Net.HttpStatusCode.OK, (await bench.GetAsync("/api/status/ready")).Status);
    }

    [Fact]
    public async Task All_faults_come_in_one_message()
    {
        var faults = await FaultsAsync(
            app => app.MapHealth(options =>
            {
                (options.ApiKey, options.ManagementPort, options.DeepPolicy) = ("short", 70_000, "nobody");
                options.ManagementPaths.Add("metrics");
            }),
            bench => bench.Builder.Services.AddAuthorization().AddHealthEvaluator(options =>
            {
                options.Period = TimeSpan.Zero;
                options.Groups["empty"] = [];
            }));
        foreach (var part in new[] { "ApiKey of 5 characters", "ManagementPort 70000", "DeepPolicy 'nobody', which does not exist", "'metrics' among ManagementPaths", "Health:Period is 00:00:00", "Group 'empty' is empty" })
            Assert.Contains(part, faults, StringComparison.Ordinal);
        Assert.DoesNotContain("short", faults, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Policy_without_authorization_stops_the_host()
    {
        var faults = await FaultsAsync(app => app.MapHealth(options => options.DeepPolicy = "ops"));
        Assert.Contains("call builder.Services.AddAuthorization()", faults, StringComparison.Ordinal);
    }

    [Fact]
    public void Evaluator_is_wanted()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Services.AddHealthChecks();
        using var app = builder.Build() as IDisposable;
        var error = Assert.Throws<InvalidOperationException>(() => ((WebApplication)app!).MapHealth());
        Assert.Contains("AddHealthEndpoints", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("/")]
    [InlineData("health")]
    [InlineData("//health")]
    [InlineData("/health/{id}")]
    [InlineData("/health?x")]
    public async Task Base_must_be_a_plain_path(string path)
    {
        await using var bench = new WebBench();
        Assert.Contains("at least one plain segment", Assert.Throws<ArgumentException>(() => bench.App.MapHealth(path)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Alias_of_nothing_is_refused()
    {
        await using var bench = new WebBench();
        Assert.Contains("stands for 'alive'", Assert.Throws<ArgumentException>(() => bench.App.MapHealth(options => options.Aliases["/livez"] = "alive")).Message, StringComparison.Ordinal);
    }

    private static async Task<string> FaultsAsync(Action<WebApplication> map, Action<WebBench>? prepare = null)
    {
        await using var bench = new WebBench();
        prepare?.Invoke(bench);
        map(bench.App);
        return (await Assert.ThrowsAsync<OptionsValidationException>(() => bench.App.StartAsync())).Message;
    }
}
