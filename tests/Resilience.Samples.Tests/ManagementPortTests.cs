using System.Net;
using Xunit;

namespace Resilience.Samples.Tests;

/// <summary>The Api on two ports: one for its users, one for who runs it.</summary>
public sealed class ManagementPortTests
{
    [Fact]
    public async Task Details_are_at_the_management_port_and_business_is_not()
    {
        using var api = await new Sample("Api") { HasManagement = true }.ListensAsync();
        await api.AnswersAsync("/api/health/ready", HttpStatusCode.OK);

        foreach (var probe in new[] { "/api/health", "/api/health/live", "/api/health/ready", "/api/health/startup", "/api/status" })
        {
            Assert.Equal(HttpStatusCode.OK, (await api.GetAsync(probe)).Status);
            Assert.Equal(HttpStatusCode.OK, (await api.GetAsync(probe, management: true)).Status);
        }

        foreach (var details in new[] { "/api/health/deep", "/api/health/ui", "/api/health/deep?fresh=1", "/API/HEALTH/DEEP/" })
        {
            Assert.Equal(HttpStatusCode.NotFound, (await api.GetAsync(details)).Status);
            Assert.Equal(HttpStatusCode.OK, (await api.GetAsync(details, management: true)).Status);
        }

        foreach (var business in new[] { "/leaderboard", "/rounds", "/rounds/1", "/" })
        {
            var (status, body) = await api.GetAsync(business, management: true);
            Assert.Equal((HttpStatusCode.NotFound, false), (status, body.Contains("round", StringComparison.Ordinal)));
        }

        Assert.Equal(HttpStatusCode.OK, (await api.GetAsync("/leaderboard")).Status);
        Assert.DoesNotContain("sqlite", (await api.GetAsync("/api/health")).Body, StringComparison.Ordinal);
        Assert.Contains("sqlite", (await api.GetAsync("/api/health", management: true)).Body, StringComparison.Ordinal);
        Assert.Equal(["disk", "memory", "sqlite"], (await api.DeepAsync()).GetProperty("checks").EnumerateObject().Select(check => check.Name).Order());
    }

    [Fact]
    public async Task Host_header_opens_nothing()
    {
        using var api = await new Sample("Api") { HasManagement = true }.ListensAsync();
        using var handler = new SocketsHttpHandler { UseProxy = false };
        using var client = new HttpClient(handler);
        using var request = new HttpRequestMessage(HttpMethod.Get, $"{api.Url}/api/health/deep") { Headers = { Host = $"127.0.0.1:{api.ManagementPort}" } };
        using var response = await client.SendAsync(request, TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.NotFound, response.StatusCode);
    }

    [Fact]
    public async Task Status_page_is_one_document_without_scripts()
    {
        using var api = await new Sample("Api") { HasManagement = true }.ListensAsync();
        var (status, page) = await api.GetAsync("/api/health/ui", "text/html", management: true);
        Assert.Equal(HttpStatusCode.OK, status);
        Assert.StartsWith("<!doctype html>", page, StringComparison.OrdinalIgnoreCase);
        Assert.Contains("sqlite", page, StringComparison.Ordinal);
        Assert.Contains("</html>", page, StringComparison.Ordinal);
        Assert.DoesNotContain("<script", page, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("src=", page, StringComparison.OrdinalIgnoreCase);
    }
}
