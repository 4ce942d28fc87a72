using System.Diagnostics;
using System.Diagnostics.Metrics;
using System.Net;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.HttpLogging;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Xunit;

namespace Resilience.Health.AspNetCore.Tests.Endpoints;

/// <summary>What the rest of an application does must not reach the probes, nor the probes the rest.</summary>
public sealed class PipelineTests
{
    private static readonly string[] Probes = ["/health", "/health/live", "/health/ready", "/health/startup"];

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Redirects_broken_middleware_and_fallback_policies_do_not_reach_the_probes(bool explicitRouting)
    {
        await using var bench = new WebBench();
        bench.Builder.Services.AddAuthentication(SomeOne.Name).AddScheme<AuthenticationSchemeOptions, SomeOne>(SomeOne.Name, null);
        bench.Builder.Services.AddAuthorizationBuilder()
            .SetFallbackPolicy(new AuthorizationPolicyBuilder().RequireAuthenticatedUser().Build())
            .AddPolicy("ops", policy => policy.RequireAuthenticatedUser());
        bench.Builder.Services.AddHttpsRedirection(options => options.HttpsPort = 443);
        var app = bench.App;
        app.MapHealth(options => options.DeepPolicy = "ops");
        app.UseHttpsRedirection();
        app.Use((HttpContext _, RequestDelegate _) => throw new InvalidOperationException("Broken."));
        if (explicitRouting)
            app.UseRouting();
        app.UseAuthentication();
        app.UseAuthorization();
        app.MapGet("/", () => "business");
        await bench.StartAsync();

        foreach (var probe in Probes)
            Assert.Equal(HttpStatusCode.OK, (await bench.GetAsync(probe)).Status);
        Assert.Equal(HttpStatusCode.Unauthorized, (await bench.GetAsync("/health/deep")).Status);
        Assert.Equal(HttpStatusCode.OK, (await bench.GetAsync("/health/deep", (SomeOne.Header, "ann"))).Status);
        Assert.Equal(HttpStatusCode.TemporaryRedirect, (await bench.GetAsync("/")).Status);
    }

    [Fact]
    public async Task Methods_other_than_GET_and_HEAD_are_405_and_HEAD_has_no_body()
    {
        await using var bench = new WebBench();
        bench.App.MapHealth(options => options.Deep = false);
        await bench.StartAsync();
        foreach (var method in new[] { HttpMethod.Post, HttpMethod.Put, HttpMethod.Delete, HttpMethod.Options, HttpMethod.Patch })
        {
            using var refused = await bench.SendAsync(method, "/health/ready");
            Assert.Equal(HttpStatusCode.MethodNotAllowed, refused.StatusCode);
            Assert.Equal(["GET", "HEAD"], refused.Content.Headers.Allow.Order());
        }

        using var head = await bench.SendAsync(HttpMethod.Head, "/health/ready");
        using var get = await bench.SendAsync(HttpMethod.Get, "/health/ready");
        Assert.Equal(HttpStatusCode.OK, head.StatusCode);
        Assert.Equal(get.Content.Headers.ContentLength, head.Content.Headers.ContentLength);
        Assert.Empty(await head.Content.ReadAsByteArrayAsync(TestContext.Current.CancellationToken));
        Assert.Equal("no-store", get.Headers.CacheControl?.ToString());
    }

    [Fact]
    public async Task Paths_are_not_case_sensitive_and_bear_a_slash_at_the_end()
    {
        await using var bench = new WebBench();
        bench.App.MapHealth("/api/health/", options => (options.Deep, options.Aliases["/livez"], options.Aliases["/api/status"]) = (false, "live", ""));
        await bench.StartAsync();
        foreach (var path in new[] { "/api/health", "/API/Health", "/api/health/", "/api/health/READY", "/api/health/ready/", "/livez", "/api/status" })
            Assert.Equal(HttpStatusCode.OK, (await bench.GetAsync(path)).Status);
        foreach (var path in new[] { "/health", "/api/health/deep", "/api/health/nothing", "/api", "/api/health/ready/x" })
            Assert.Equal(HttpStatusCode.NotFound, (await bench.GetAsync(path)).Status);
    }

    [Fact]
    public async Task Fifty_probes_at_once_cause_no_run_of_a_check()
    {
        await using var bench = new WebBench();
        var check = bench.Add("db");
        bench.Checks.Add(new HealthCheckRegistration("broken", _ => throw new InvalidOperationException("No such service."), null, null));
        bench.App.MapHealth(options => options.Deep = false);
        await bench.StartAsync();
        var answers = await Task.WhenAll(Enumerable.Range(0, 50).Select(i => bench.GetAsync(Probes[i % 4])));
        Assert.Equal(1, check.Runs);
        Assert.All(answers.Where((_, i) => i % 4 == 2), answer => Assert.Equal(HttpStatusCode.ServiceUnavailable, answer.Status)); // The broken one is critical.
        Assert.All(answers.Where((_, i) => i % 4 == 1), answer => Assert.Equal(HttpStatusCode.OK, answer.Status));
    }

    [Fact]
    public async Task Live_and_startup_do_not_wait_for_checks_on_demand_and_startup_has_them_run()
    {
        await using var bench = new WebBench("Production", ("Health:Mode", "OnDemand"), ("Health:Period", "00:00:00.1"), ("Health:FailingPeriod", "00:00:00.1"));
        var (runs, hangs) = (0, false);
        bench.Checks.AddAsyncCheck("db", async cancelled =>
        {
            Interlocked.Increment(ref runs);
            if (Volatile.Read(ref hangs))
                await new TaskCompletionSource().Task.WaitAsync(cancelled);
            return HealthCheckResult.Healthy();
        });
        bench.App.MapHealth(options => options.Deep = false);
        await bench.StartAsync();
        Volatile.Write(ref hangs, true);
        var before = Volatile.Read(ref runs);
        var startup = bench.GetAsync("/health/startup");
        await Eventually.IsTrueAsync(
            () =>
            {
                if (startup.IsCompleted)
                    startup = bench.GetAsync("/health/startup");
                return Volatile.Read(ref runs) > before;
            },
            "startup has the check run again");
        var ready = bench.GetAsync("/health/ready");
        foreach (var path in new[] { "/health/live", "/health/startup" })
            Assert.Equal(HttpStatusCode.OK, (await bench.GetAsync(path)).Status);
        Assert.Equal(HttpStatusCode.OK, (await startup).Status);
        Assert.False(ready.IsCompleted, "Readiness waits for the run that is under way.");
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Probes_make_no_metric_trace_or_access_log_while_quiet(bool quiet)
    {
        await using var bench = new WebBench();
        bench.Builder.Services.AddHttpLogging(options => options.LoggingFields = HttpLoggingFields.RequestPath);
        var app = bench.App;
        app.UseHttpLogging();
        app.MapHealth(options => (options.Deep, options.Quiet) = (false, quiet));
        app.MapGet("/", () => "business");

        var measured = new List<string>();
        using var meters = new MeterListener();
        meters.InstrumentPublished = (instrument, listener) =>
        {
            if (instrument.Name == "http.server.request.duration" && instrument.Meter.Scope == app.Services.GetRequiredService<IMeterFactory>())
                listener.EnableMeasurementEvents(instrument);
        };
        meters.SetMeasurementEventCallback<double>((_, _, tags, _) =>
        {
            lock (measured)
                measured.Add(tags.ToArray().FirstOrDefault(tag => tag.Key == "http.route").Value as string ?? "");
        });
        meters.Start();
        var recorded = new List<string>();
        using var activities = new ActivityListener
        {
            ShouldListenTo = source => source.Name == "Microsoft.AspNetCore",
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllDataAndRecorded,
            ActivityStopped = activity =>
            {
                lock (recorded)
                {
                    if (activity.Recorded)
                        recorded.Add($"{activity.DisplayName} {activity.GetTagItem("server.port")} {activity.GetTagItem("url.path")}");
                }
            },
        };
        ActivitySource.AddActivityListener(activities);
        await bench.StartAsync();

        foreach (var path in Probes.Append("/"))
            await bench.GetAsync(path);
        await bench.App.StopAsync(TestContext.Current.CancellationToken);

        Assert.Equal(quiet ? 0 : 4, measured.Count(route => route.StartsWith("/health", StringComparison.Ordinal)));
        Assert.Contains("/", measured);
        if (quiet)
            Assert.DoesNotContain(recorded, name => name.Contains("health", StringComparison.Ordinal));
        Assert.DoesNotContain(bench.Log.Lines, line => line.Contains("/health", StringComparison.Ordinal) && line.Contains("Path:", StringComparison.Ordinal));
    }
}
