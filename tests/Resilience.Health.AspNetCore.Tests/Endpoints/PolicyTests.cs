using System.Net;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Xunit;

namespace Resilience.Health.AspNetCore.Tests.Endpoints;

/// <summary>Details behind the application's own policy; and what becomes of the probes if that is in trouble.</summary>
public sealed class PolicyTests
{
    private static readonly (string, string) Ann = (SomeOne.Header, "ann"), Credentials = ("Authorization", "Some token");

    [Fact]
    public async Task Summary_shows_more_to_whom_the_policy_admits_if_an_Authorization_header_was_sent()
    {
        await using var bench = Bench();
        bench.App.MapHealth(options => options.DeepPolicy = "ops");
        await bench.StartAsync();
        Assert.Contains("\"db\"", (await bench.GetAsync("/health", Ann, Credentials)).Body, StringComparison.Ordinal);
        Assert.DoesNotContain("\"db\"", (await bench.GetAsync("/health", Credentials)).Body, StringComparison.Ordinal);
        Assert.DoesNotContain("\"db\"", (await bench.GetAsync("/health", Ann, ("Cookie", "a=b"))).Body, StringComparison.Ordinal);
        Assert.Contains("\"db\"", (await bench.GetAsync("/health/deep", Ann)).Body, StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.Unauthorized, (await bench.GetAsync("/health/deep")).Status);
    }

    [Theory]
    [InlineData(SomeOne.Throws)]
    [InlineData(SomeOne.Hangs)]
    public async Task Summary_shows_the_state_if_authentication_fails_or_hangs(string trouble)
    {
        await using var bench = Bench();
        bench.App.MapHealth(options => options.DeepPolicy = "ops");
        await bench.StartAsync();
        for (var i = 0; i < 2; i++)
        {
            var (status, body) = await bench.GetAsync("/health", (SomeOne.Header, trouble), Credentials);
            Assert.Equal(HttpStatusCode.OK, status);
            Assert.StartsWith("""{"status":"ok","timestamp":""", body, StringComparison.Ordinal);
            Assert.DoesNotContain("db", body, StringComparison.Ordinal);
        }

        Assert.Equal(1, bench.Log.Lines.Count(line => line.StartsWith("Warning", StringComparison.OrdinalIgnoreCase) && line.Contains("authentication has failed or takes too long", StringComparison.Ordinal)));
        Assert.Contains("\"db\"", (await bench.GetAsync("/health", Ann, Credentials)).Body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Policy_is_asked_about_the_request_as_the_platform_does()
    {
        await using var bench = Bench();
        var resources = new List<object?>();
        bench.Builder.Services.AddAuthorizationBuilder().AddPolicy("ops", policy => policy.RequireAssertion(asked =>
        {
            resources.Add(asked.Resource);
            return asked.Resource is HttpContext;
        }));
        bench.App.MapHealth(options => options.DeepPolicy = "ops");
        await bench.StartAsync();
        Assert.Equal(HttpStatusCode.OK, (await bench.GetAsync("/health/deep", Ann)).Status);
        await bench.GetAsync("/health", Ann, Credentials);
        Assert.Equal(2, resources.Count);
        Assert.All(resources, resource => Assert.IsType<HttpContext>(resource, exactMatch: false));
    }

    [Theory]
    [InlineData(false, "there is no authentication")]
    [InlineData(true, "nothing to refuse callers with")]
    public async Task Policy_without_authentication_stops_the_host(bool hasAuthentication, string fault)
    {
        await using var bench = new WebBench();
        bench.Builder.Services.AddAuthorization();
        if (hasAuthentication)
            bench.Builder.Services.AddAuthentication();
        bench.App.MapHealth(options => options.DeepPolicy = "");
        Assert.Contains(fault, (await Assert.ThrowsAsync<OptionsValidationException>(() => bench.App.StartAsync(TestContext.Current.CancellationToken))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Policy_with_a_scheme_that_does_not_exist_stops_the_host()
    {
        await using var bench = Bench();
        bench.Builder.Services.AddAuthorizationBuilder().AddPolicy("ops", policy => policy.AddAuthenticationSchemes("Nothing").RequireAuthenticatedUser());
        bench.App.MapHealth(options => options.DeepPolicy = "ops");
        Assert.Contains("'Nothing' does not exist", (await Assert.ThrowsAsync<OptionsValidationException>(() => bench.StartAsync())).Message, StringComparison.Ordinal);
    }

    private static WebBench Bench()
    {
        var bench = new WebBench();
        bench.Builder.Services.AddAuthentication(SomeOne.Name).AddScheme<AuthenticationSchemeOptions, SomeOne>(SomeOne.Name, null);
        bench.Builder.Services.AddAuthorizationBuilder().AddPolicy("ops", policy => policy.RequireAuthenticatedUser());
        bench.Add("db");
        return bench;
    }
}
