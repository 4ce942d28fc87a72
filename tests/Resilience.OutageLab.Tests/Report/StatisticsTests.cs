using Resilience.OutageLab.Report;

namespace Resilience.OutageLab.Tests.Report;

public sealed class StatisticsTests
{
    [Theory]
    [InlineData(0.5, 50)]
    [InlineData(0.99, 99)]
    [InlineData(0.991, 100)]
    [InlineData(1, 100)]
    [InlineData(0, 1)]
    public void Percentile_is_the_smallest_value_that_the_share_does_not_exceed(double share, double expected) =>
        Assert.Equal(expected, Statistics.Percentile([.. Enumerable.Range(1, 100).Select(value => (double)value)], share));

    [Fact]
    public void Percentile_of_nothing_is_no_number() => Assert.True(double.IsNaN(Statistics.Percentile([], 0.5)));

    [Fact]
    public void Spread_leaves_out_what_means_nothing_and_puts_never_last()
    {
        Assert.Equal((2, 1, double.PositiveInfinity), Statistics.Spread([double.PositiveInfinity, 1, double.NaN, 2]));
        Assert.Equal((1.5, 1, 2), Statistics.Spread([2, 1]));
        Assert.Equal(double.PositiveInfinity, Statistics.Spread([1, double.PositiveInfinity]).Median);
    }

    [Fact]
    public void Peak_of_neighbours_counts_only_windows_that_begin_in_the_range()
    {
        Assert.Equal(9, Statistics.PeakSum([9, 1, 2, 3, 4, 0], width: 2, from: 0, to: 1) - 1);
        Assert.Equal(7, Statistics.PeakSum([9, 1, 2, 3, 4, 0], width: 2, from: 1, to: 6));
        Assert.Equal(0, Statistics.PeakSum([9, 1], width: 2, from: 5, to: 9));
    }
}
