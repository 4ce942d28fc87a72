using System.Net;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Xunit;

namespace Resilience.Health.AspNetCore.Tests.Starting;

/// <summary>What is said to those who come while the service starts.</summary>
public sealed class RefusalTests
{
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Business_is_refused_until_the_start_and_health_never_is(bool hasFront)
    {
        await using var bench = WebBench.Refusing(hasFront);
        bench.App.MapHealth(options => (options.Deep, options.Aliases["/livez"]) = (false, "live"));
        bench.App.MapGet("/", () => "business");
        bench.App.MapGet("/orders/{id}", (int id) => id);
        var hold = bench.Hold();
        await bench.StartAsync();

        foreach (var path in new[] { "/", "/orders/1", "/nothing", "/healthy", "/health/live/x", "/health/nothing" })
            Assert.Equal(HttpStatusCode.ServiceUnavailable, (await bench.GetAsync(path)).Status);
        foreach (var path in new[] { "/health/live", "/livez", "/HEALTH/Live/" })
            Assert.Equal((HttpStatusCode.OK, """{"status":"ok"}"""), await bench.GetAsync(path));
        foreach (var path in new[] { "/health/ready", "/health/startup" })
            Assert.Equal((HttpStatusCode.ServiceUnavailable, """{"status":"starting","reason":"starting"}"""), await bench.GetAsync(path));
        Assert.StartsWith("""{"status":"starting","timestamp":""", (await bench.GetAsync("/health")).Body, StringComparison.Ordinal);

        hold.Dispose();
        Assert.Equal((HttpStatusCode.OK, "business"), await bench.GetAsync("/"));
        Assert.Equal(HttpStatusCode.OK, (await bench.GetAsync("/orders/1")).Status);
        Assert.Equal(HttpStatusCode.NotFound, (await bench.GetAsync("/nothing")).Status);
    }

    [Theory]
    [InlineData(null, "application/problem+json")]
    [InlineData("*/*", "application/problem+json")]
    [InlineData("application/json, text/plain, */*", "application/problem+json")]
    [InlineData("application/problem+json", "application/problem+json")]
    [InlineData("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", "text/plain; charset=utf-8")]
    [InlineData("text/plain", "text/plain; charset=utf-8")]
    [InlineData("image/png;q=nonsense,,;", "application/problem+json")]
    public async Task Refusal_says_when_to_come_again_in_the_form_that_was_asked_for(string? accept, string contentType)
    {
        await using var bench = WebBench.Refusing();
        bench.App.MapHealth(options => options.Deep = false);
        using var hold = bench.Hold();
        await bench.StartAsync();

        using var refused = await bench.SendAsync(HttpMethod.Get, "/", accept is null ? [] : [("Accept", accept)]);

        Assert.Equal(HttpStatusCode.ServiceUnavailable, refused.StatusCode);
        Assert.Equal(TimeSpan.FromSeconds(1), refused.Headers.RetryAfter?.Delta);
        Assert.Equal("no-store", refused.Headers.CacheControl?.ToString());
        Assert.Equal(contentType, refused.Content.Headers.ContentType?.ToString());
        var body = await refused.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        if (contentType == "application/problem+json")
        {
            var problem = JsonDocument.Parse(body).RootElement;
            Assert.Equal(["type", "title", "status"], problem.EnumerateObject().Select(member => member.Name));
            Assert.Equal(("The service is starting.", 503), (problem.GetProperty("title").GetString(), problem.GetProperty("status").GetInt32()));
        }
        else
        {
            Assert.Equal("The service is starting.\n", body);
        }
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Every_method_is_refused_and_HEAD_has_no_body(bool hasFront)
    {
        await using var bench = WebBench.Refusing(hasFront);
        bench.Builder.Services.AddCors(options => options.AddDefaultPolicy(policy => policy.AllowAnyOrigin()));
        var writtenForHead = 0L;
        bench.App.Use(async (context, next) =>
        {
            // Kestrel drops what is written for HEAD; not every server does.
            var (wire, written) = (context.Response.Body, new MemoryStream());
            context.Response.Body = written;
            await next(context);
            context.Response.Body = wire;
            if (HttpMethods.IsHead(context.Request.Method))
                writtenForHead += written.Length;
            else
                await wire.WriteAsync(written.ToArray());
        });
        bench.App.MapHealth(options => options.Deep = false);
        bench.App.UseCors();
        bench.App.MapMethods("/", ["GET", "HEAD", "POST", "PUT", "DELETE", "PATCH"], () => "business");
        var hold = bench.Hold();
        await bench.StartAsync();

        foreach (var method in new[] { "GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "PROPFIND" })
        {
            using var refused = await bench.SendAsync(new(method), "/", ("Origin", "http://example.com"), ("Access-Control-Request-Method", "GET"));
            Assert.Equal((method, HttpStatusCode.ServiceUnavailable, TimeSpan.FromSeconds(1)), (method, refused.StatusCode, refused.Headers.RetryAfter?.Delta));
            Assert.Equal(method == "HEAD", (await refused.Content.ReadAsByteArrayAsync(TestContext.Current.CancellationToken)).Length == 0);
            Assert.True(refused.Content.Headers.ContentLength > 0);
        }

        Assert.Equal(0, writtenForHead);

        using var upgrade = await bench.SendAsync(HttpMethod.Get, "/", ("Connection", "Upgrade"), ("Upgrade", "websocket"), ("Sec-WebSocket-Version", "13"), ("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ=="));
        Assert.Equal(HttpStatusCode.ServiceUnavailable, upgrade.StatusCode);

        hold.Dispose();
        using var preflight = await bench.SendAsync(HttpMethod.Options, "/", ("Origin", "http://example.com"), ("Access-Control-Request-Method", "GET"));
        Assert.Equal("*", Assert.Single(preflight.Headers.GetValues("Access-Control-Allow-Origin")));
    }

    [Fact]
    public async Task Nobody_is_refused_where_nobody_asked_for_it()
    {
        foreach (var wanted in new[] { null, "false" })
        {
            await using var bench = new WebBench("Production", ("Health:RefuseWhileStarting", wanted));
            bench.App.MapHealth(options => options.Deep = false);
            bench.App.MapGet("/", () => "business");
            using var hold = bench.Hold();
            await bench.StartAsync();
            Assert.Equal(HttpStatusCode.ServiceUnavailable, (await bench.GetAsync("/health/startup")).Status);
            Assert.Equal(HttpStatusCode.OK, (await bench.GetAsync("/")).Status);
        }
    }

    [Fact]
    public async Task Checks_alone_may_decide_when_it_ends_and_it_does_not_begin_again()
    {
        await using var bench = WebBench.Refusing(hasFront: true, ("Health:FailingPeriod", "00:00:00.1"), ("Health:Period", "00:00:00.1"));
        var check = bench.Add("db", tags: CheckTags.Startup);
        check.Result = HealthCheckResult.Unhealthy();
        bench.App.MapHealth(options => options.Deep = false);
        bench.App.MapGet("/", () => "business");
        await bench.StartAsync();
        Assert.Equal(HttpStatusCode.ServiceUnavailable, (await bench.GetAsync("/")).Status);

        check.Result = HealthCheckResult.Healthy();
        await Eventually.IsTrueAsync(() => bench.Evaluator.Current.HasStarted, "it has started");
        Assert.Equal(HttpStatusCode.OK, (await bench.GetAsync("/")).Status);

        check.Result = HealthCheckResult.Unhealthy();
        await Eventually.IsTrueAsync(() => !bench.Evaluator.Current.IsReady, "it is not ready");
        Assert.Equal(HttpStatusCode.OK, (await bench.GetAsync("/")).Status);
    }

    [Fact]
    public async Task On_demand_a_refused_request_has_the_checks_run_again()
    {
        await using var bench = WebBench.Refusing(hasFront: true, ("Health:Mode", "OnDemand"), ("Health:Period", "00:00:00.1"), ("Health:FailingPeriod", "00:00:00.1"));
        var check = bench.Add("db", tags: CheckTags.Startup);
        check.Result = HealthCheckResult.Unhealthy();
        bench.App.MapHealth(options => options.Deep = false);
        bench.App.MapGet("/", () => "business");
        await bench.StartAsync();
        check.Result = HealthCheckResult.Healthy();
        var asking = bench.GetAsync("/");
        await Eventually.IsTrueAsync(
            () =>
            {
                if (asking.IsCompleted && asking.Result.Status != HttpStatusCode.OK)
                    asking = bench.GetAsync("/");
                return asking is { IsCompleted: true, Result.Status: HttpStatusCode.OK };
            },
            "business is served");
    }

    [Fact]
    public async Task Middleware_and_pages_for_errors_do_not_see_what_is_refused_in_front()
    {
        await using var bench = WebBench.Refusing();
        var seen = 0;
        bench.App.Use((HttpContext context, RequestDelegate next) =>
        {
            Interlocked.Increment(ref seen);
            return next(context);
        });
        bench.App.UseStatusCodePages("text/plain", "An error page.");
        bench.App.MapHealth(options => options.Deep = false);
        var hold = bench.Hold();
        await bench.StartAsync();
        Assert.Contains("The service is starting.", (await bench.GetAsync("/")).Body, StringComparison.Ordinal);
        Assert.Equal(0, seen);
        hold.Dispose();
        Assert.Equal((HttpStatusCode.NotFound, "An error page."), await bench.GetAsync("/"));
        Assert.Equal(1, seen);
    }
}
