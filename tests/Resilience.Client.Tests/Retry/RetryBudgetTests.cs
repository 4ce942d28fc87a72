using Xunit;

namespace Resilience.Client.Tests;

public sealed class RetryBudgetTests
{
    private static readonly Settings Settings = TestSettings.Default;
    private readonly RetryBudget _budget = new(TimeSpan.FromSeconds(10));

    [Fact]
    public void Budget_without_calls_holds_the_floor()
    {
        Assert.Equal(3, Take(At(0)));
        Assert.Equal(0, _budget.Left(At(0), Settings));
    }

    [Fact]
    public void Budget_adds_a_share_of_the_calls()
    {
        Calls(100, At(0));

        Assert.Equal(23, _budget.Left(At(1), Settings));
        Assert.Equal(23, Take(At(1)));
    }

    [Fact]
    public void Budget_of_ratio_and_floor_zero_allows_nothing()
    {
        Calls(1_000, At(0));

        Assert.False(_budget.TryTake(At(0), Settings with { BudgetRatio = 0, BudgetFloor = 0 }));
    }

    [Fact]
    public void What_may_be_a_sign_of_overload_gets_one_beyond_the_share()
    {
        var settings = Settings with { BudgetFloor = 10 };
        Assert.True(_budget.TryTakeCautiously(At(0), settings));
        Assert.False(_budget.TryTakeCautiously(At(1), settings));
        for (var call = 0; call < 5; call++)
            _budget.CountCall(At(2));
        Assert.True(_budget.TryTakeCautiously(At(3), settings));
        Assert.False(_budget.TryTakeCautiously(At(3), settings));
        Assert.True(_budget.TryTake(At(3), settings));
    }

    [Fact]
    public void Calls_and_what_they_took_leave_with_the_window()
    {
        Calls(100, At(0));
        Assert.Equal(23, Take(At(5)));
        Calls(50, At(9));

        Assert.Equal(10, _budget.Left(At(9.9), Settings)); // 3 + 0.2 * 150 - 23
        Assert.Equal(0, _budget.Left(At(11), Settings)); // 3 + 0.2 * 50 - 23
        Assert.Equal(13, _budget.Left(At(15.6), Settings)); // 3 + 0.2 * 50
        Assert.Equal(3, _budget.Left(At(20), Settings));
    }

    [Fact]
    public void Budget_is_whole_again_after_the_window()
    {
        Take(At(3));

        Assert.False(_budget.TryTake(At(12.4), Settings));
        Assert.Equal(3, Take(At(13.5)));
    }

    [Fact]
    public void Token_given_back_can_be_taken_again()
    {
        Take(At(0));
        _budget.GiveBack(At(0), At(1));

        Assert.Equal(1, Take(At(2)));
    }

    [Fact]
    public void Token_given_back_after_its_taking_left_the_window_adds_none()
    {
        Take(At(0));
        _budget.GiveBack(At(0), At(9));

        Assert.Equal(3, _budget.Left(At(11), Settings));
    }

    [Fact]
    public void What_is_given_back_late_is_no_credit_for_later()
    {
        Calls(1_000, At(0.1));
        var taken = Take(At(0.1));
        Assert.Equal(203, taken);
        for (var one = 0; one < taken; one++)
            _budget.GiveBack(At(0.1), At(9.9));

        Assert.Equal(3, Take(At(10.7)));
    }

    [Fact]
    public void Share_leaves_the_floor()
    {
        Assert.False(_budget.TryTakeShare(At(0), Settings));
        Calls(10, At(1));
        Assert.True(_budget.TryTakeShare(At(1), Settings));
        Assert.True(_budget.TryTakeShare(At(1), Settings));
        Assert.False(_budget.TryTakeShare(At(1), Settings));
        Assert.Equal(3, Take(At(1)));
    }

    [Fact]
    public async Task Budget_taken_by_many_at_once_is_never_overdrawn()
    {
        Calls(1_000, At(0));
        var taken = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Run(() => Take(At(0)))));

        Assert.Equal(203, taken.Sum());
    }

    private static TimeSpan At(double seconds) => TimeSpan.FromSeconds(seconds);

    private void Calls(int count, TimeSpan at)
    {
        for (var call = 0; call < count; call++)
            _budget.CountCall(at);
    }

    private int Take(TimeSpan at)
    {
        var taken = 0;
        while (_budget.TryTake(at, Settings))
            taken++;
        return taken;
    }
}
