using System.Net;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.FileProviders;
using Microsoft.Extensions.Hosting;
using Xunit;

namespace Resilience.Health.AspNetCore.Tests.Starting;

/// <summary>What is served while the service starts, and what is not although it looks like it.</summary>
public sealed class ServedTests
{
    private const string Ok = """{"status":"ok"}""", Key = "a-key-of-many-letters";

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Paths_that_were_named_are_served_with_all_below_them_and_no_others(bool hasFront)
    {
        using var folder = new TemporaryFolder();
        Directory.CreateDirectory(Path.Combine(folder.Path, "assets"));
        foreach (var file in new[] { "assets/site.css", "assetsx.css", "index.html" })
            await File.WriteAllTextAsync(Path.Combine(folder.Path, file), file, TestContext.Current.CancellationToken);
        await using var bench = WebBench.Refusing(hasFront, ("Health:ServeWhileStarting:0", "/Assets/"), ("Health:ServeWhileStarting:1", "/about"));
        bench.App.MapHealth(options => options.Deep = false);
        using var files = new PhysicalFileProvider(folder.Path);
        bench.App.UseStaticFiles(new StaticFileOptions { FileProvider = files });
        bench.App.MapGet("/about", () => "about");
        var hold = bench.Hold();
        await bench.StartAsync();

        foreach (var path in new[] { "/assets/site.css", "/about", "/ABOUT/", "/%61bout" })
            Assert.Equal(HttpStatusCode.OK, (await bench.GetAsync(path)).Status);
        Assert.Equal(HttpStatusCode.NotFound, (await bench.GetAsync("/about/nothing")).Status);
        foreach (var path in new[] { "/assetsx.css", "/index.html", "/aboutx", "/x/about", "/assets/../index.html", "/" })
            Assert.Equal(HttpStatusCode.ServiceUnavailable, (await bench.GetAsync(path)).Status);

        hold.Dispose();
        Assert.Equal(HttpStatusCode.OK, (await bench.GetAsync("/index.html")).Status);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Metrics_are_served_unless_somebody_clears_that_also_beside_configured_paths(bool isCleared)
    {
        await using var bench = WebBench.Refusing(hasFront: true, ("Health:ServeWhileStarting:0", "/about"));
        if (isCleared)
            bench.Builder.Services.Configure<HealthOptions>(options => options.ServeWhileStarting.Clear());
        bench.App.MapHealth(options => options.Deep = false);
        bench.App.MapGet("/metrics", () => "up 1");
        bench.App.MapGet("/metricsx", () => "x");
        using var hold = bench.Hold();
        await bench.StartAsync();

        Assert.Equal(isCleared ? HttpStatusCode.ServiceUnavailable : HttpStatusCode.OK, (await bench.GetAsync("/metrics")).Status);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, (await bench.GetAsync("/metricsx")).Status);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, (await bench.GetAsync("/")).Status);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Endpoints_that_were_marked_are_served_and_their_neighbours_are_not(bool hasFront)
    {
        await using var bench = WebBench.Refusing(hasFront);
        bench.App.MapHealth(options => options.Deep = false);
        bench.App.MapGet("/version", () => "1").ServeWhileStarting();
        bench.App.MapPost("/version", () => "2");
        bench.App.MapGet("/files/{name}", (string name) => name).ServeWhileStarting();
        var group = bench.App.MapGroup("/info").ServeWhileStarting();
        group.MapGet("/", () => "info");
        group.MapGet("/{**rest}", (string rest) => rest);
        using var hold = bench.Hold();
        await bench.StartAsync();

        foreach (var path in new[] { "/version", "/VERSION/", "/files/x", "/info", "/info/a/b" })
            Assert.Equal(HttpStatusCode.OK, (await bench.GetAsync(path)).Status);
        foreach (var path in new[] { "/versions", "/files", "/files/x/y", "/x/info" })
            Assert.Equal(HttpStatusCode.ServiceUnavailable, (await bench.GetAsync(path)).Status);
        using var posted = await bench.SendAsync(HttpMethod.Post, "/version");
        Assert.Equal(HttpStatusCode.ServiceUnavailable, posted.StatusCode);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Health_of_every_base_and_group_is_served(bool hasFront)
    {
        await using var bench = WebBench.Refusing(hasFront, ("Health:Groups:data:0", "db"));
        bench.Add("db");
        bench.App.MapHealth(options => options.Deep = false);
        bench.App.MapHealth("/api/status", options => (options.Deep, options.Aliases["/state"]) = (false, ""));
        bench.App.MapGroup("/inner").MapHealth(options => options.Deep = false);
        bench.App.MapGroup("/{tenant}/of").MapHealth(options => options.Deep = false);
        using var hold = bench.Hold();
        await bench.StartAsync();
        foreach (var path in new[] { "/health/live", "/api/status/live", "/inner/health/live", "/acme/of/health/live", "/health/data", "/api/status/data" })
            Assert.Equal((path, HttpStatusCode.OK), (path, (await bench.GetAsync(path)).Status));
        foreach (var path in new[] { "/api/status", "/state", "/inner/health", "/acme/of/health/ready" })
            Assert.Contains("\"starting\"", (await bench.GetAsync(path)).Body, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(true, true)]
    [InlineData(true, false)]
    [InlineData(false, true)]
    [InlineData(false, false)]
    public async Task Health_below_a_path_base_is_served_wherever_the_base_is_cut_off(bool hasFront, bool baseFirst)
    {
        await using var bench = WebBench.Refusing(hasFront);
        if (baseFirst)
            bench.App.UsePathBase("/base");
        bench.App.MapHealth(options => (options.Deep, options.Aliases["/state"]) = (false, "live"));
        if (!baseFirst)
            bench.App.UsePathBase("/base");
        bench.App.UseRouting();
        bench.App.MapGet("/business", () => "business");
        bench.App.MapGet("/{a}/{b}/{c}", () => "business");
        bench.App.MapFallback(() => "business");
        using var hold = bench.Hold();
        await bench.StartAsync();
        foreach (var path in new[] { "/health/live", "/base/health/live", "/base/HEALTH/live/", "/base/state" })
            Assert.Equal((path, HttpStatusCode.OK, Ok), (path, (await bench.GetAsync(path)).Status, (await bench.GetAsync(path)).Body));
        foreach (var path in new[] { "/business", "/base/business", "/basehealth/live", "/basehealth/live/x" })
            Assert.Equal((path, HttpStatusCode.ServiceUnavailable), (path, (await bench.GetAsync(path)).Status));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task What_ends_like_a_health_path_is_answered_by_health_and_never_by_the_application(bool hasFront)
    {
        await using var bench = WebBench.Refusing(hasFront);
        var served = 0;
        bench.App.MapHealth(options => (options.ApiKey, options.StatusPage, options.Aliases["/state"]) = (Key, true, "live"));
        bench.App.MapGroup("/{tenant}/of").MapHealth(options => options.Deep = false);
        bench.App.MapGet("/version", () => "1").ServeWhileStarting();
        bench.App.Map("/acme/{**rest}", Business);
        bench.App.Map("/orders/{id}/state", Business);
        bench.App.Map("/{controller=Home}/{action=Index}/{id?}", Business);
        bench.App.Map("/{**rest}", Business);
        bench.App.MapFallback(Business);
        var hold = bench.Hold();
        await bench.StartAsync();

        foreach (var path in new[] { "//health/live", "/;/health/live", "/secret/health/live", "/a/b/c/Health/Live/", "/health/live//", "/orders/17/state", "/acme/of/health/live" })
            Assert.Equal((path, HttpStatusCode.OK, Ok), (path, (await bench.GetAsync(bench.Url + path)).Status, (await bench.GetAsync(bench.Url + path)).Body));
        foreach (var path in new[] { "/x/health", "//health", "/;/health", "/x/health/ready", "/x/health/startup", "/acme/health" })
        {
            var (status, body) = await bench.GetAsync(bench.Url + path, ("X-Api-Key", Key));
            Assert.Equal((path, HttpStatusCode.ServiceUnavailable), (path, status));
            Assert.StartsWith("""{"status":"starting",""", body, StringComparison.Ordinal);
            Assert.DoesNotContain("metrics", body, StringComparison.Ordinal);
        }

        foreach (var path in new[] { "/x/health/deep", "/x/health/ui", "/health/deep//", "/version//" })
            Assert.Equal((path, HttpStatusCode.ServiceUnavailable, true), (path, (await bench.GetAsync(bench.Url + path, ("X-Api-Key", Key))).Status, (await bench.GetAsync(bench.Url + path, ("X-Api-Key", Key))).Body.Contains("The service is starting.", StringComparison.Ordinal)));
        foreach (var method in new[] { "POST", "PUT", "DELETE", "OPTIONS" })
        {
            using var refused = await bench.SendAsync(new(method), "/x/health/live");
            Assert.Equal((method, HttpStatusCode.ServiceUnavailable, TimeSpan.FromSeconds(1)), (method, refused.StatusCode, refused.Headers.RetryAfter?.Delta));
        }

        Assert.Equal(0, served);
        hold.Dispose();
        foreach (var path in new[] { "/x/health/live", "/orders/17/state" })
            Assert.Equal((path, "business"), (path, (await bench.GetAsync(bench.Url + path)).Body));

        string Business()
        {
            Interlocked.Increment(ref served);
            return "business";
        }
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Health_checks_of_the_platform_are_served(bool hasFront)
    {
        await using var bench = WebBench.Refusing(hasFront);
        bench.App.MapHealth(options => options.Deep = false);
        bench.App.MapHealthChecks("/healthz");
        bench.App.MapGroup("/inner").MapHealthChecks("/alive").WithDisplayName("mine");
        bench.App.MapGet("/healthy", () => "business");
        bench.App.MapFallback(() => "business");
        using var hold = bench.Hold();
        await bench.StartAsync();
        foreach (var path in new[] { "/healthz", "/HealthZ/", "/inner/alive" })
            Assert.Equal((path, HttpStatusCode.OK, "Healthy"), (path, (await bench.GetAsync(path)).Status, (await bench.GetAsync(path)).Body));
        foreach (var path in new[] { "/healthy", "/healthz/x", "/healthz//", "/x/healthz" })
            Assert.Equal((path, HttpStatusCode.ServiceUnavailable), (path, (await bench.GetAsync(path)).Status));
    }

    [Fact]
    public async Task Management_port_goes_on_as_ever()
    {
        await using var bench = WebBench.Refusing();
        var management = new Uri($"http://127.0.0.1:{Ports.Free()}/");
        bench.Builder.WebHost.UseUrls(bench.Url, management.ToString());
        bench.App.MapHealth(options =>
        {
            options.ManagementPort = management.Port;
            options.ManagementPaths.Add("/metrics");
        });
        bench.App.MapGet("/metrics", () => "metrics");
        bench.App.MapGet("/business", () => "business");
        using var hold = bench.Hold();
        await bench.StartAsync();
        Assert.Equal(HttpStatusCode.OK, (await bench.GetAsync(management + "metrics")).Status);
        Assert.Contains("\"checks\"", (await bench.GetAsync(management + "health/deep")).Body, StringComparison.Ordinal);
        foreach (var path in new[] { management + "business", "/metrics", "/health/deep" })
            Assert.Equal((path, HttpStatusCode.NotFound), (path, (await bench.GetAsync(path)).Status));
        Assert.Equal(HttpStatusCode.ServiceUnavailable, (await bench.GetAsync("/business")).Status);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, (await bench.GetAsync("/business", ("Host", management.Authority))).Status);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Policy_decides_about_details_all_the_same(bool hasFront)
    {
        await using var bench = WebBench.Refusing(hasFront);
        bench.Builder.Services.AddAuthentication(SomeOne.Name).AddScheme<AuthenticationSchemeOptions, SomeOne>(SomeOne.Name, null);
        bench.Builder.Services.AddAuthorizationBuilder().AddPolicy("ops", policy => policy.RequireAuthenticatedUser());
        bench.App.MapHealth(options => options.DeepPolicy = "ops");
        foreach (var group in new[] { "/inner", "/{tenant}/of" })
            bench.App.MapGroup(group).MapHealth(options => options.DeepPolicy = "ops");
        bench.App.Use((context, next) =>
        {
            context.Response.Headers["X-Seen"] = "yes"; // What the policy may need comes first.
            return next(context);
        });
        bench.App.UseRouting();
        using var hold = bench.Hold();
        await bench.StartAsync();
        Assert.Equal(HttpStatusCode.Unauthorized, (await bench.GetAsync("/health/deep")).Status);
        Assert.Contains("\"checks\"", (await bench.GetAsync("/health/deep", (SomeOne.Header, "ann"))).Body, StringComparison.Ordinal);
        foreach (var path in new[] { "/inner/health/deep", "/acme/of/health/deep" })
        {
            Assert.Equal((path, HttpStatusCode.Unauthorized), (path, (await bench.GetAsync(path)).Status));
            using var answer = await bench.SendAsync(HttpMethod.Get, path, (SomeOne.Header, "ann"));
            Assert.Contains("\"checks\"", await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken), StringComparison.Ordinal);
            Assert.True(answer.Headers.Contains("X-Seen"));
        }
    }

    [Fact]
    public async Task Hosts_that_are_not_allowed_come_too_early_as_all_others()
    {
        await using var bench = WebBench.Refusing(hasFront: true, ("AllowedHosts", "example.com"));
        bench.App.MapHealth(options => options.Deep = false);
        bench.App.MapGet("/", () => "business");
        var hold = bench.Hold();
        await bench.StartAsync();
        foreach (var host in new[] { "example.com", "forged.example", "forged.example:9090" })
        {
            Assert.Equal(HttpStatusCode.OK, (await bench.GetAsync("/health/live", ("Host", host))).Status);
            Assert.Equal(HttpStatusCode.ServiceUnavailable, (await bench.GetAsync("/", ("Host", host), ("X-Forwarded-Prefix", "/health"))).Status);
        }

        hold.Dispose();
        Assert.Equal(HttpStatusCode.BadRequest, (await bench.GetAsync("/", ("Host", "forged.example"))).Status);
        Assert.Equal(HttpStatusCode.OK, (await bench.GetAsync("/", ("Host", "example.com"))).Status);
    }

    [Fact]
    public async Task Startup_class_refuses_too()
    {
        var url = $"http://127.0.0.1:{Ports.Free()}/";
        using var host = Style(url, services => services.AddHealthEndpoints(options => options.RefuseWhileStarting = true));
        var hold = host.Services.GetRequiredService<IHealthEvaluator>().HoldStart();
        await host.StartAsync(TestContext.Current.CancellationToken);
        Assert.Equal("200 503 503", await StatusesAsync(url));
        hold.Dispose();
        await Eventually.IsTrueAsync(() => host.Services.GetRequiredService<IHealthEvaluator>().Current.HasStarted, "it has started");
        Assert.Equal("200 200 200", await StatusesAsync(url));
        await host.StopAsync(TestContext.Current.CancellationToken);
    }

    [Fact]
    public async Task Application_that_serves_although_it_should_refuse_is_worth_a_warning()
    {
        const string Warning = "Requests are served before the service has started";
        await using var group = WebBench.Refusing(hasFront: false);
        group.App.MapGroup("/api").MapHealth(options => options.Deep = false);
        await group.StartAsync();
        Assert.Contains(group.Log.Lines, line => line.Contains(Warning, StringComparison.Ordinal));

        foreach (var hasFront in new[] { true, false })
        {
            await using var bench = WebBench.Refusing(hasFront);
            bench.App.MapGroup("/api").MapHealth(options => options.Deep = false);
            bench.App.MapHealth(options => options.Deep = false);
            await bench.StartAsync();
            Assert.DoesNotContain(bench.Log.Lines, line => line.Contains(Warning, StringComparison.Ordinal));
        }

        await using var unasked = WebBench.WithoutFront();
        unasked.App.MapGroup("/api").MapHealth(options => options.Deep = false);
        await unasked.StartAsync();
        Assert.DoesNotContain(unasked.Log.Lines, line => line.Contains(Warning, StringComparison.Ordinal));
    }

    private static async Task<string> StatusesAsync(string url)
    {
        using var client = new HttpClient { BaseAddress = new(url) };
        var statuses = new List<int>();
        foreach (var path in new[] { "health/live", "health/startup", "business" })
        {
            using var answer = await client.GetAsync(new Uri(path, UriKind.Relative), TestContext.Current.CancellationToken);
            statuses.Add((int)answer.StatusCode);
        }

        return string.Join(' ', statuses);
    }

    private static IHost Style(string url, Action<IServiceCollection> add) =>
        Host.CreateDefaultBuilder().UseEnvironment("Production").ConfigureWebHostDefaults(web => web.UseUrls(url)
            .ConfigureServices(services => add(services.AddRouting()))
            .Configure(app => app.UseRouting().UseEndpoints(endpoints =>
            {
                endpoints.MapHealth(options => options.Deep = false);
                endpoints.MapGet("/business", () => "business");
            }))).Build();
}
