using Xunit;

namespace Resilience.Client.Tests;

public sealed class StatusSetTests
{
    [Fact]
    public void Set_contains_what_it_was_given_and_nothing_else()
    {
        var random = new Random(5);
        for (var round = 0; round < 200; round++)
        {
            var codes = Enumerable.Range(400, 200).Where(_ => random.Next(3) == 0).ToHashSet();
            var set = new StatusSet(codes);
            foreach (var code in Enumerable.Range(-1, 1_101))
                Assert.Equal(codes.Contains(code), set.Contains(code));
        }
    }

    [Fact]
    public void Sets_of_the_same_codes_are_equal()
    {
        Assert.Equal(new StatusSet([408, 599, 400]), new StatusSet([400, 408, 599, 599]));
        Assert.NotEqual(new StatusSet([408]), new StatusSet([508]));
    }

    [Fact]
    public void Statuses_by_default_are_those_of_the_contract()
    {
        Assert.Equal(new StatusSet([408, 429, 502, 503, 504]), TestSettings.Default.StatusCodes);
    }

    [Fact]
    public void All_server_errors_leave_out_what_no_repetition_changes()
    {
        var all = TestSettings.Of(options => options.Retry.AllServerErrors = true).StatusCodes;

        Assert.Equal(
            [408, 429, .. Enumerable.Range(500, 100).Where(code => code is not (501 or 505))],
            Enumerable.Range(400, 200).Where(all.Contains));
    }

    [Fact]
    public void Settings_of_the_same_options_are_equal()
    {
        Assert.Equal(TestSettings.Default, TestSettings.Of(_ => { }));
        Assert.NotEqual(TestSettings.Default, TestSettings.Of(options => options.Retry.StatusCodes.Remove(408)));
    }
}
