using Xunit;

namespace Resilience.Client.Tests;

public sealed class ConcurrencyLimitTests
{
    private const double Calm = 10;

    private static ConcurrencyLimit Limit(Action<ConcurrencyOptions>? configure = null)
    {
        var options = new BackendOptions { Address = TestSettings.Address };
        configure?.Invoke(options.Concurrency);
        return new(Settings.From(options));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Backend_that_can_half_of_what_it_must_answers_as_many_as_it_can_in_time(int seed)
    {
        var it = new Simulation(Limit(), seed).Run(Calm);
        it.Workers = 2; // 400 a second.
        it.Run(10);
        it.Workers = 15;
        it.Run(5);

        Assert.InRange(it.Answered(Calm, Calm + 9), 0.38, 0.45);
        Assert.InRange(it.Answered(Calm + 1, Calm + 9, within: 0.1), 0.36, 0.45);
        Assert.True(it.Answered(Calm + 10.5, Calm + 11.5) > 0.9);
    }

    [Theory]
    [InlineData(0.005, 15, 2, 1000, 0.9)]
    [InlineData(0.005, 30, 4, 2000, 0.9)]
    [InlineData(0.02, 8, 1, 200, 0.5)]
    public void Backend_that_can_less_and_less_answers_as_many_as_it_can_in_time(double service, int workers, int fewer, double load, double least)
    {
        var answered = new List<double>();
        for (var seed = 1; seed <= 120; seed++)
        {
            var it = new Simulation(Limit(), seed) { Service = service, Workers = workers, Load = load }.Run(Calm);
            while (it.Workers > fewer)
            {
                it.Workers--;
                it.Run(3.0 / (workers - fewer));
            }

            answered.Add(it.Run(10).Answered(Calm + 4, Calm + 12) / (fewer / service / load));
        }

        Assert.True(answered.Min() > least, string.Join(' ', answered.Order().Take(10).Select(share => $"{share:0.000}")));
    }

    [Theory]
    [InlineData(0.05)]
    [InlineData(0.1)]
    public void Deep_overload_of_a_slow_backend_does_not_let_go_of_the_limit(double service)
    {
        var limit = Limit();
        var it = new Simulation(limit) { Workers = (int)(1200 * service), Service = service, Load = 600 }.Run(Calm);
        it.Workers = (int)(90 * service); // 15 % of the calls.
        it.Run(20);

        TestContext.Current.TestOutputHelper?.WriteLine($"{it.Answered(Calm, Calm + 10):0.000} {it.Answered(Calm + 10, Calm + 19):0.000}");
        Assert.InRange(limit.Limit, 10, 60);
        Assert.True(it.Answered(Calm + 10, Calm + 19) > 0.1, $"{it.Answered(Calm + 10, Calm + 19):0.000}");
    }

    [Fact]
    public void Backend_that_returns_cold_with_thousands_waiting_answers_new_calls_while_it_drains()
    {
        var (cold, warm) = (new List<double>(), new List<double>());
        for (var seed = 1; seed <= 10; seed++)
        {
            var it = new Simulation(Limit(), seed) { Workers = 12, Service = 0.01, Load = 1000 }.Run(Calm);
            it.IsDown = true;
            it.Run(3);
            Assert.InRange(it.Waiting, 2500, 3200);
            (it.Workers, it.Service, it.IsDown) = (120, 0.1, false);
            it.Run(3);
            (it.Workers, it.Service) = (12, 0.01);
            it.Run(30);

            Assert.Equal(0, it.Waiting);
            cold.Add(it.Answered(Calm + 3, Calm + 6));
            warm.Add(it.Answered(Calm + 6, Calm + 30));
        }

        Assert.True(cold.Average() > 0.85 && warm.Average() > 0.99, $"{cold.Average():0.000} {warm.Average():0.000}");
    }

    [Theory]
    [InlineData(400, 10, 0.01, 3.4, 0.82)]
    [InlineData(400, 10, 0.01, 8, 0.82)]
    [InlineData(1000, 30, 0.01, 5, 0.82)]
    [InlineData(100, 5, 0.02, 5, 0.82)]
    [InlineData(300, 40, 0.1, 4, 0.55)] // Busy already: a quarter is left to drain.
    public void Backend_that_was_halted_answers_new_calls_in_time_as_soon_as_it_goes_on(double load, int workers, double service, double halt, double least)
    {
        var answered = new List<double>();
        for (var seed = 1; seed <= 20; seed++)
        {
            var it = new Simulation(Limit(), seed) { Workers = workers, Service = service, Load = load, Halt = (Calm, Calm + halt) }.Run(Calm + halt + 20);
            answered.Add(it.Answered(Calm + halt - 1, Calm + halt + 3)); // Those of the second before may still be in time.
        }

        Assert.True(answered.Average() > least, $"{answered.Average():0.000}: {string.Join(' ', answered.Order().Take(5).Select(share => $"{share:0.000}"))}");
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Quick_calls_among_long_ones_are_not_kept_from_their_places(int seed)
    {
        var it = new Simulation(Limit(), seed) { Workers = null, Service = 0.02, Load = 300, Long = 0.02 }.Run(Calm);
        it.Long = 0.5;
        it.Run(20);
        Assert.InRange(it.Answered(Calm, Calm + 18), 0.44, 0.56);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Latency_that_rises_slowly_holds_little_back(int seed)
    {
        var it = new Simulation(Limit(), seed) { Workers = null }.Run(Calm);
        for (var step = 0; step < 120; step++)
        {
            it.Service *= 1.039; // To a hundredfold in 120 steps.
            it.Run(0.05);
        }

        it.Run(5);
        Assert.True(it.Answered(Calm, Calm + 10) > 0.9);
    }

    [Theory]
    [InlineData(3, 500, 1000, 0.9)]
    [InlineData(6, 500, 1000, 0.95)]
    [InlineData(12, 500, 1000, 0.97)]
    [InlineData(4, 300, 400, 0.97)]
    [InlineData(4, 300, 100, 0.95)]
    public void Latency_that_rises_fast_and_falls_again_holds_little_back(int seconds, int top, double load, double least)
    {
        var answered = new List<double>();
        for (var seed = 1; seed <= 20; seed++)
        {
            var it = new Simulation(Limit(), seed) { Workers = null, Load = load }.Run(Calm);
            for (var step = 0; step < 40 * seconds; step++)
            {
                it.Service = 0.005 + (top - 5) / 1000.0 * (1 - Math.Abs(1 - step / (20.0 * seconds))); // From 5 ms to the top and back.
                it.Run(0.05);
            }

            answered.Add(it.Run(5).Answered(Calm, Calm + 2 * seconds));
        }

        Assert.True(answered.Average() > least && answered.Min() > least - 0.15, string.Join(' ', answered.Order().Select(share => $"{share:0.000}")));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Latency_that_is_the_backends_own_holds_nothing_back_for_long(int seed)
    {
        var it = new Simulation(Limit(), seed) { Workers = null }.Run(Calm);
        it.Service = 0.5;
        it.Run(20);

        Assert.InRange(it.Median(Calm + 5, Calm + 10), 0.4, 0.6);
        Assert.True(it.Answered(Calm, Calm + 10, within: 2) > 0.95, $"{it.Answered(Calm, Calm + 10, within: 2)}");
    }

    [Fact]
    public void Long_way_up_where_latency_did_not_follow_does_not_hide_that_it_does_now()
    {
        const int Max = 1000;
        var limit = new AdaptiveLimit();
        Feed(10, 5);
        Feed(10, 5);
        var most = 0;
        for (var window = 0; window < 40; window++)
        {
            var held = limit.Held ?? (window == 0 ? 30 : Max);
            most = Math.Max(most, held);
            Feed(Math.Max(100, held / 1.2), held, isFull: true); // 100 ms of its own, and then a queue: 120 are enough.
        }

        Assert.InRange(most, 120, 450);

        void Feed(double milliseconds, int peak, bool isFull = false)
        {
            var time = TimeSpan.FromMilliseconds(milliseconds);
            limit.Next(new(Math.Log2(time.Ticks), peak, isFull, time), 10, Max);
        }
    }

    [Fact]
    public void Lowest_limit_rises_when_latency_does_with_no_more_under_way_but_not_because_of_what_it_was_before_an_outage()
    {
        var limit = new AdaptiveLimit();
        Feed(10, 5, isFull: false);
        Feed(60, 40, isFull: false);
        Feed(60, 40);
        Feed(40, 20);
        Feed(25, 10);
        Assert.Equal(10, limit.Held);
        limit.Reset(10);
        Feed(40, 10);
        Assert.Equal(10, limit.Held);
        Feed(50, 10);
        Assert.Equal(10, limit.Held);
        Feed(60, 10);
        Assert.Equal(15, limit.Held);

        void Feed(double milliseconds, int peak, bool isFull = true)
        {
            var time = TimeSpan.FromMilliseconds(milliseconds);
            limit.Next(new(Math.Log2(time.Ticks), peak, isFull, time), 10, 1000);
        }
    }

    [Fact]
    public void Few_under_way_are_never_held_back()
    {
        var limit = Limit();
        var it = new Simulation(limit) { Load = 8, Workers = null }.Run(60);
        it.Service = 0.4;
        it.Run(60);
        Assert.Equal(1000, limit.Limit);
        Assert.InRange(it.Median(60, 120), 0.3, 0.5);
    }
}
