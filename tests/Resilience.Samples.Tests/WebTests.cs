using System.Net;
using Xunit;

namespace Resilience.Samples.Tests;

/// <summary>The site that has lost the Api behind it: its pages wait, and it stays in service.</summary>
public sealed class WebTests
{
    [Fact]
    public async Task Site_is_degraded_and_in_service_while_the_Api_is_away()
    {
        using var api = await new Sample("Api").ListensAsync();
        using var web = await new Sample("Web")
        {
            Settings =
            {
                ["Backends__api__Address"] = api.Url,
                ["Backends__api__Timeout"] = "00:00:01",
                ["Health__Period"] = "00:00:00.2",
                ["Health__FailingPeriod"] = "00:00:00.2",
            },
        }.ListensAsync();
        await web.AnswersAsync("/health/ready", HttpStatusCode.OK);
        api.Kill();

        Assert.Equal(HttpStatusCode.ServiceUnavailable, (await web.GetAsync("/leaderboard")).Status); // From which the site learns it: its check asks nobody.
        await web.AnswersAsync("/health", HttpStatusCode.OK, "degraded");
        Assert.Equal((HttpStatusCode.OK, """{"status":"degraded"}"""), await web.GetAsync("/health/ready"));
        Assert.Equal((HttpStatusCode.OK, """{"status":"ok"}"""), await web.GetAsync("/health/live"));
        using (var probe = web.Run("--health-check", web.Url))
            Assert.Equal((0, "healthy: 200 {\"status\":\"degraded\"}"), (await probe.ExitAsync(), Assert.Single(probe.Lines)));

        await api.ListensAsync();
        await web.AnswersAsync("/health", HttpStatusCode.OK, "ok");
        Assert.Equal((HttpStatusCode.OK, """{"status":"ok"}"""), await web.GetAsync("/health/ready"));
        Assert.Equal(HttpStatusCode.OK, (await web.GetAsync("/leaderboard")).Status);
        Assert.Equal(0, await web.StopAsync());
    }
}
