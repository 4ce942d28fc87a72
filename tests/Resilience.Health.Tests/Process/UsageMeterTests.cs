using Xunit;

namespace Resilience.Health.Tests.Process;

[Collection(VirtualTime.Name)]
public sealed class UsageMeterTests
{
    [Fact]
    public void Uptime_follows_no_wall_clock()
    {
        var time = new FakeTime();
        var meter = new UsageMeter(time);
        meter.Sample();
        var before = meter.Usage.Uptime;
        Assert.InRange(before, TimeSpan.Zero, TimeSpan.FromHours(1)); // Of this process.
        time.SetUtcNow(time.GetUtcNow().AddYears(-3));
        time.Push(TimeSpan.FromSeconds(90));
        meter.Sample();
        Assert.Equal(90, (meter.Usage.Uptime - before).TotalSeconds, 3);
        Assert.InRange(meter.Usage.MemoryUsed, 1, meter.Usage.MemoryLimit);
    }

    [Fact]
    public void Share_of_the_processors_is_that_of_the_last_ten_seconds()
    {
        var time = new FakeTime();
        var meter = new UsageMeter(time);
        meter.Sample();
        Assert.Equal(0, meter.Usage.Cpu);
        time.Push(TimeSpan.FromMicroseconds(10));
        _ = Enumerable.Range(0, 2_000_000).Sum(number => Math.Sqrt(number)); // Much more work than that.
        meter.Sample();
        Assert.Equal(1, meter.Usage.Cpu);
        for (var i = 0; i < 9; i++)
        {
            time.Push(TimeSpan.FromDays(1));
            meter.Sample();
        }

        Assert.InRange(meter.Usage.Cpu, double.Epsilon, 0.01);
        for (var i = 0; i < 30; i++)
        {
            time.Push(TimeSpan.FromMicroseconds(10));
            _ = Enumerable.Range(0, 200_000).Sum(number => Math.Sqrt(number));
            meter.Sample();
        }

        Assert.Equal(1, meter.Usage.Cpu); // The quiet days are forgotten.
    }
}
