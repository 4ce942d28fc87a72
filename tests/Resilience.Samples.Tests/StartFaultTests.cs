using Xunit;

namespace Resilience.Samples.Tests;

/// <summary>Configuration that cannot be used ends the Api at start, with the reason.</summary>
public sealed class StartFaultTests
{
    [Theory]
    [InlineData("ConnectionStrings__Redis=127.0.0.1:6379,pasword=Zq7xWvpA", "Its key 'pasword' is unknown.")]
    [InlineData("ConnectionStrings__Redis=redis://Zq7xWvpA@127.0.0.1", "It has one word before the @: write user:password@, or :password@ for a password alone.")]
    [InlineData("ConnectionStrings__Postgres=Host=127.0.0.1;Password=Zq7;xWvpA=4", "ConnectionStrings:Postgres cannot be used")]
    [InlineData("Health__Period=often", "Health:Period is 'often' but must be hours:minutes:seconds")]
    [InlineData("Health__Period=00:00:00.001", "Health:Period is 00:00:00.0010000 but must be from 00:00:00.1000000 to 1.00:00:00")]
    [InlineData("Health__Perod=00:00:30", "Health:Perod is unknown; known are ")]
    [InlineData("Health__Checks__redis__Critcal=true", "Health:Checks:redis:Critcal is unknown; known are ")]
    [InlineData("Health__Groups__money=ledger", "ledger")]
    [InlineData("ManagementPort=many", "'many' at 'ManagementPort'")]
    [InlineData("ManagementPort=70000", "ManagementPort 70000 but it must be from 1 to 65535.")]
    [InlineData("Health__Period=often|Health__Timeout=never|Health__Mode=Sometimes", "Health:Period is 'often'", "Health:Timeout is 'never'", "Health:Mode is 'Sometimes'")]
    public async Task Api_ends_with_the_reason(string settings, params string[] reasons)
    {
        using var api = new Sample("Api") { Settings = settings.Split('|').Select(setting => setting.Split('=', 2)).ToDictionary(pair => pair[0], pair => pair[1]) };
        await api.StartAsync();

        Assert.True(api.Process.HasExited, "It started.");
        Assert.NotEqual(0, await api.Process.ExitAsync());
        Assert.All(reasons, reason => Assert.Contains(reason, api.Process.Output, StringComparison.Ordinal));
        Assert.DoesNotContain("xWvpA", api.Process.Output, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("Now listening", api.Process.Output, StringComparison.Ordinal);
    }
}
