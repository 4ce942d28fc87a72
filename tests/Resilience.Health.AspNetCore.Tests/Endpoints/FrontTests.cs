using System.Net;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.HttpOverrides;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using Xunit;

namespace Resilience.Health.AspNetCore.Tests.Endpoints;

/// <summary>Health stands in front of the whole pipeline, and nothing else is served on a management port.</summary>
public sealed class FrontTests
{
    private const string Key = "0123456789abcdef-key";

    [Fact]
    public async Task Allowed_hosts_are_no_matter_of_probes()
    {
        await using var bench = new WebBench("Production", ("AllowedHosts", "example.com"));
        bench.App.MapHealth(options => options.Deep = false);
        bench.App.MapGet("/", () => "business");
        await bench.StartAsync();
        Assert.Equal(HttpStatusCode.OK, (await bench.GetAsync("/health/live")).Status);
        Assert.Equal(HttpStatusCode.BadRequest, (await bench.GetAsync("/")).Status);
        Assert.Equal(HttpStatusCode.OK, (await bench.GetAsync("/", ("Host", "example.com"))).Status);
    }

    [Fact]
    public async Task Filters_of_other_packages_and_middleware_before_MapHealth_do_not_reach_the_probes()
    {
        await using var bench = new WebBench();
        bench.Builder.Services.AddSingleton<IStartupFilter, Broken>().AddHealthEndpoints();
        bench.App.Use((HttpContext _, RequestDelegate _) => throw new InvalidOperationException("Broken."));
        bench.App.UseRouting();
        bench.App.MapHealth(options => options.Deep = false);
        await bench.StartAsync();
        Assert.Equal(HttpStatusCode.OK, (await bench.GetAsync("/health/live")).Status);
        Assert.Equal(HttpStatusCode.InternalServerError, (await bench.GetAsync("/")).Status);
    }

    [Fact]
    public async Task Management_port_serves_its_paths_and_no_other_port_does()
    {
        await using var bench = new WebBench();
        var management = Manage(bench);
        bench.App.MapHealth(options =>
        {
            options.ManagementPort = management.Port;
            options.ManagementPaths.Add("/metrics");
            options.ManagementPaths.Add("/info/");
        });
        foreach (var path in new[] { "/metrics", "/metrics/more", "/info", "/business" })
            bench.App.MapGet(path, () => path);
        bench.App.MapGet("/short", () => "short").ShortCircuit();
        await bench.StartAsync();

        foreach (var path in new[] { "/metrics", "/metrics/more", "/info", "/info/", "/METRICS", "/%6Detrics" })
        {
            Assert.Equal(HttpStatusCode.NotFound, (await bench.GetAsync(path)).Status);
            Assert.Equal(HttpStatusCode.OK, (await bench.GetAsync(management + path[1..])).Status);
        }

        foreach (var path in new[] { "/business", "/short" })
        {
            Assert.Equal(HttpStatusCode.OK, (await bench.GetAsync(path)).Status);
            Assert.Equal(HttpStatusCode.NotFound, (await bench.GetAsync(management + path[1..])).Status);
        }

        Assert.Equal(HttpStatusCode.NotFound, (await bench.GetAsync("/metricsx")).Status);
    }

    [Fact]
    public async Task Two_bases_share_a_management_port_with_routing_by_hand()
    {
        await using var bench = new WebBench();
        var management = Manage(bench);
        bench.App.MapHealth(options => options.ManagementPort = management.Port);
        bench.App.MapHealth("/api/status", options => options.ManagementPort = management.Port);
        bench.App.UseRouting();
        bench.App.MapGet("/business", () => "business");
        await bench.StartAsync();
        foreach (var path in new[] { "health", "health/deep", "api/status", "api/status/deep", "api/status/live" })
            Assert.Equal(HttpStatusCode.OK, (await bench.GetAsync(management + path)).Status);
        Assert.Equal(HttpStatusCode.NotFound, (await bench.GetAsync(management + "business")).Status);
        Assert.Equal(HttpStatusCode.NotFound, (await bench.GetAsync("/api/status/deep")).Status);
    }

    [Fact]
    public async Task Fallback_policy_does_not_tell_what_there_is_on_the_management_port()
    {
        await using var bench = new WebBench();
        var management = Manage(bench);
        bench.Builder.Services.AddAuthentication(SomeOne.Name).AddScheme<AuthenticationSchemeOptions, SomeOne>(SomeOne.Name, null);
        bench.Builder.Services.AddAuthorizationBuilder().SetFallbackPolicy(new AuthorizationPolicyBuilder().RequireAuthenticatedUser().Build());
        bench.App.MapHealth(options => options.ManagementPort = management.Port);
        bench.App.MapGet("/business", () => "business");
        await bench.StartAsync();
        Assert.Equal(HttpStatusCode.NotFound, (await bench.GetAsync(management + "business")).Status);
        Assert.Equal(HttpStatusCode.Unauthorized, (await bench.GetAsync("/business")).Status);
    }

    [Fact]
    public async Task Group_is_isolated_too_and_its_cors_and_hosts_are_no_matter_of_probes()
    {
        await using var bench = new WebBench();
        var management = Manage(bench);
        bench.Builder.Services.AddCors(options => options.AddPolicy("any", policy => policy.AllowAnyOrigin()));
        bench.App.UseCors();
        bench.App.MapGroup("/api").RequireCors("any").RequireHost("example.com").MapHealth(options => options.ManagementPort = management.Port);
        bench.App.MapGet("/business", () => "business");
        await bench.StartAsync();
        Assert.Equal(HttpStatusCode.OK, (await bench.GetAsync("/api/health/live")).Status);
        Assert.Equal(HttpStatusCode.OK, (await bench.GetAsync(management + "api/health/deep")).Status);
        Assert.Equal(HttpStatusCode.NotFound, (await bench.GetAsync("/api/health/deep")).Status);
        Assert.Equal(HttpStatusCode.NotFound, (await bench.GetAsync("/health/live")).Status);
        Assert.Equal(HttpStatusCode.NotFound, (await bench.GetAsync(management + "business")).Status);
    }

    [Fact]
    public async Task Group_with_cors_does_not_break_probes_without_a_front()
    {
        await using var bench = WebBench.WithoutFront();
        bench.Builder.Services.AddCors(options => options.AddPolicy("any", policy => policy.AllowAnyOrigin()));
        bench.App.UseCors();
        bench.App.MapGroup("/api").RequireCors("any").MapHealth(options => options.Deep = false);
        await bench.StartAsync();
        Assert.Equal(HttpStatusCode.OK, (await bench.GetAsync("/api/health/live")).Status);
    }

    [Fact]
    public async Task Path_base_is_answered_with_and_without_and_hides_management_paths_all_the_same()
    {
        await using var bench = new WebBench();
        var management = Manage(bench);
        bench.App.UsePathBase("/base");
        bench.App.MapHealth(options =>
        {
            options.ManagementPort = management.Port;
            options.ManagementPaths.Add("/metrics");
        });
        bench.App.UseRouting();
        bench.App.MapGet("/metrics", () => "metrics");
        bench.App.MapGet("/business", () => "business");
        await bench.StartAsync();
        foreach (var path in new[] { "/health/live", "/base/health/live", "/business", "/base/business", management + "health/deep", management + "metrics" })
            Assert.Equal(HttpStatusCode.OK, (await bench.GetAsync(path)).Status);
        foreach (var path in new[] { "/metrics", "/base/metrics", "/base/health/deep", management + "base/business" })
            Assert.Equal(HttpStatusCode.NotFound, (await bench.GetAsync(path)).Status);
    }

    [Fact]
    public async Task Management_without_a_front_stops_the_host()
    {
        await using var bench = WebBench.WithoutFront();
        bench.App.MapHealth(options => options.ManagementPort = 9090);
        var error = await Assert.ThrowsAsync<OptionsValidationException>(() => bench.App.StartAsync(TestContext.Current.CancellationToken));
        Assert.Contains("ManagementPort needs builder.Services.AddHealthEndpoints() before builder.Build(), so that nothing else is served there.", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Startup_class_is_isolated_and_its_faults_stop_the_host()
    {
        var (port, management) = (Ports.Free(), Ports.Free());
        using var host = StartupStyle($"http://127.0.0.1:{port};http://127.0.0.1:{management}", services => services.AddHealthEndpoints(), options => options.ManagementPort = management);
        await host.StartAsync(TestContext.Current.CancellationToken);
        using var client = new HttpClient();
        foreach (var (at, path, expected) in new[] { (port, "health/live", 200), (port, "business", 200), (port, "health/deep", 404), (management, "health/deep", 200), (management, "business", 404) })
        {
            using var answer = await client.GetAsync(new Uri($"http://127.0.0.1:{at}/{path}"), TestContext.Current.CancellationToken);
            Assert.Equal(expected, (int)answer.StatusCode);
        }

        await host.StopAsync(TestContext.Current.CancellationToken);

        using var faulty = StartupStyle("http://127.0.0.1:0", services => services.AddHealthEndpoints(), _ => { });
        Assert.Contains("open to anybody", (await Assert.ThrowsAsync<OptionsValidationException>(() => faulty.StartAsync(TestContext.Current.CancellationToken))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Forwarded_headers_do_not_make_a_caller_this_machine()
    {
        foreach (var hasFront in new[] { true, false })
        {
            await using var bench = hasFront ? new WebBench("Development") : WebBench.WithoutFront("Development");
            bench.App.UseForwardedHeaders(new ForwardedHeadersOptions { ForwardedHeaders = ForwardedHeaders.All });
            bench.App.MapHealth();
            await bench.StartAsync();
            Assert.Equal(HttpStatusCode.OK, (await bench.GetAsync("/health/deep")).Status);
            Assert.Equal(HttpStatusCode.NotFound, (await bench.GetAsync("/health/deep", ("X-Forwarded-For", "127.0.0.1"))).Status);
        }
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Output_cache_keeps_nothing(bool hasFront)
    {
        await using var bench = hasFront ? new WebBench() : WebBench.WithoutFront();
        bench.Builder.Services.AddOutputCache(options => options.AddBasePolicy(policy => policy.Cache()));
        bench.Add("db");
        bench.App.UseOutputCache();
        bench.App.UseRouting();
        bench.App.MapHealth(options => options.ApiKey = Key);
        await bench.StartAsync();
        Assert.Equal(HttpStatusCode.OK, (await bench.GetAsync("/health/deep", ("X-Api-Key", Key))).Status);
        Assert.Equal(HttpStatusCode.Unauthorized, (await bench.GetAsync("/health/deep")).Status);
        Assert.Contains("\"db\"", (await bench.GetAsync("/health", ("X-Api-Key", Key))).Body, StringComparison.Ordinal);
        Assert.DoesNotContain("\"db\"", (await bench.GetAsync("/health")).Body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Management_port_that_is_the_only_one_is_worth_a_warning()
    {
        await using var bench = new WebBench();
        bench.App.MapHealth(options => options.ManagementPort = bench.Port);
        bench.App.MapGet("/business", () => "business");
        await bench.StartAsync();
        Assert.Contains(bench.Log.Lines, line => line.Contains($"ManagementPort {bench.Port} is the only port", StringComparison.Ordinal));
    }

    private static Uri Manage(WebBench bench)
    {
        var url = $"http://127.0.0.1:{Ports.Free()}/";
        bench.Builder.WebHost.UseUrls(bench.Url, url);
        return new(url);
    }

    private static IHost StartupStyle(string urls, Action<IServiceCollection> add, Action<HealthEndpointOptions> configure) =>
        Host.CreateDefaultBuilder().UseEnvironment("Production").ConfigureWebHostDefaults(web => web.UseUrls(urls)
            .ConfigureServices(services => add(services.AddRouting()))
            .Configure(app => app.UseRouting().UseEndpoints(endpoints =>
            {
                endpoints.MapHealth(configure);
                endpoints.MapGet("/business", () => "business");
            }))).Build();

    private sealed class Broken : IStartupFilter
    {
        public Action<IApplicationBuilder> Configure(Action<IApplicationBuilder> next) => app =>
        {
            app.Use((HttpContext _, RequestDelegate _) => throw new InvalidOperationException("Broken."));
            next(app);
        };
    }
}
