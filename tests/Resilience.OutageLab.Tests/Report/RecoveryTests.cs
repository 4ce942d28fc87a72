using Resilience.OutageLab.Report;

namespace Resilience.OutageLab.Tests.Report;

public sealed class RecoveryTests
{
    private const double Rate = 1000, End = 2;

    [Fact]
    public void Calls_that_all_succeed_after_the_end_are_well_at_once() => Assert.Equal(0, SecondsUntilWell(failsAt: at => at < End));

    [Fact]
    public void Recovery_ends_with_the_last_bin_that_was_not_well_however_good_those_before() =>
        Assert.Equal(1.3, SecondsUntilWell(failsAt: at => at is < End + 0.2 or (>= End + 1.2 and < End + 1.3)), 6);

    [Fact]
    public void One_failure_of_a_hundred_does_not_put_recovery_off() => Assert.Equal(0, SecondsUntilWell(failsAt: at => Math.Abs(at - 3.5) < 1e-6));

    [Fact]
    public void Two_failures_of_a_hundred_do() => Assert.Equal(1.6, SecondsUntilWell(failsAt: at => at is >= 3.5 and < 3.502), 6);

    [Fact]
    public void Calls_that_fail_to_the_end_never_recover() => Assert.Equal(double.PositiveInfinity, SecondsUntilWell(failsAt: at => at >= 4.9));

    [Fact]
    public void Success_that_comes_late_is_none_for_those_who_count_in_time() =>
        Assert.Equal(0.5, SecondsUntilWell(failsAt: _ => false, within: 1, latency: at => at < End + 0.5 ? 1.2 : 0.01), 6);

    [Fact]
    public void Bins_of_rare_calls_are_wide_enough_to_hold_a_hundred() =>
        Assert.Equal(1, SecondsUntilWell(failsAt: at => at is >= 2.5 and < 2.55, rate: 100), 6);

    private static double SecondsUntilWell(Func<double, bool> failsAt, double within = double.PositiveInfinity, Func<double, double>? latency = null, double rate = Rate)
    {
        double[] issued = [.. Enumerable.Range(0, (int)(5 * rate)).Select(i => (i + 0.0001) / rate)];
        double[] ended = [.. issued.Select(at => at + (latency?.Invoke(at) ?? 0.01))];
        return Recovery.Seconds(new Calls(issued, ended, [.. issued.Select(at => !failsAt(at))]), End, rate, within);
    }
}
