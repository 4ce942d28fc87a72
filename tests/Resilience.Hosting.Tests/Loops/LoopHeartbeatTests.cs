using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using Resilience.Health;
using Xunit;

namespace Resilience.Hosting.Tests;

[Collection(VirtualTime.Name)]
public sealed class LoopHeartbeatTests : IDisposable
{
    private const string Name = "importer";

    private readonly GateBench _bench = new();

    public LoopHeartbeatTests() => _bench.Builder.Services.AddLoopHeartbeat(Name, TimeSpan.FromSeconds(30));

    [Fact]
    public async Task Loop_that_comes_round_is_live()
    {
        await StartAsync();
        for (var i = 0; i < 100; i++)
        {
            Loop.Beat();
            _bench.Time.AdvanceSeconds(29);
            Assert.True(_bench.Current.IsLive);
        }

        Assert.Equal("moving", _bench.Current[Name]?.Word);
    }

    [Fact]
    public async Task Silence_makes_it_stalled_within_two_looks_and_a_beat_mends_it()
    {
        await StartAsync();
        _bench.Time.AdvanceSeconds(2); // From the first look on it is expected.
        var beat = _bench.Time.Elapsed;
        Loop.Beat();
        _bench.Time.AdvanceSeconds(29.9);
        Assert.True(_bench.Current.IsLive);
        _bench.Time.AdvanceUntil(() => !_bench.Current.IsLive, TimeSpan.FromSeconds(10));
        Assert.False(_bench.Current.IsLive);
        Assert.Equal(CheckErrors.Stalled, _bench.Current.LiveError);
        Assert.InRange((_bench.Time.Elapsed - beat).TotalSeconds, 30, 32.5);
        Assert.Contains(_bench.Log.Lines, line => line.Contains("The loop importer has not come round for 3", StringComparison.Ordinal));
        Loop.Beat();
        _bench.Time.AdvanceSeconds(1.2);
        Assert.True(_bench.Current.IsLive);
    }

    [Fact]
    public async Task Loop_that_never_begins_is_stalled()
    {
        await StartAsync();
        _bench.Time.AdvanceSeconds(29);
        Assert.True(_bench.Current.IsLive);
        _bench.Time.AdvanceSeconds(5);
        Assert.Equal(CheckErrors.Stalled, _bench.Current.LiveError);
        Assert.Contains(_bench.Log.Lines, line => line.Contains("The loop importer has not begun for 3", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Nothing_is_expected_of_it_while_the_start_is_held()
    {
        var isThere = false;
        _bench.Builder.Services.AddHealthChecks().AddCheck("db", () => isThere
            ? HealthCheckResult.Healthy() : HealthCheckResult.Unhealthy(), tags: [CheckTags.Startup]);
        _bench.Builder.Services.Configure<StartupGateOptions>(gate => gate.Timeout = TimeSpan.FromHours(1));
        var starting = _bench.Start();
        _bench.Time.AdvanceSeconds(600);
        Assert.True(_bench.Current.IsLive);
        isThere = true;
        _bench.Time.AdvanceUntil(() => starting.IsCompleted, TimeSpan.FromSeconds(1));
        await starting;
        _bench.Time.AdvanceSeconds(29);
        Assert.True(_bench.Current.IsLive, "it counts from the start");
        _bench.Time.AdvanceSeconds(5);
        Assert.False(_bench.Current.IsLive);
    }

    [Fact]
    public async Task Pause_lasts_until_the_next_beat()
    {
        await StartAsync();
        Loop.Pause();
        _bench.Time.AdvanceSeconds(3600);
        Assert.True(_bench.Current.IsLive);
        Assert.Equal("resting", _bench.Current[Name]?.Word);
        Loop.Beat();
        _bench.Time.AdvanceSeconds(29);
        Assert.True(_bench.Current.IsLive);
        _bench.Time.AdvanceSeconds(5);
        Assert.False(_bench.Current.IsLive);
    }

    [Fact]
    public async Task Nothing_is_expected_of_it_once_the_host_is_told_to_stop()
    {
        await StartAsync();
        Loop.Beat();
        _bench.Host.Services.GetRequiredService<IHostApplicationLifetime>().StopApplication();
        _bench.Time.AdvanceSeconds(120);
        Assert.True(_bench.Current.IsLive);
    }

    [Fact]
    public async Task Same_again_changes_nothing_and_another_silence_is_refused()
    {
        _bench.Builder.Services.AddLoopHeartbeat(Name, TimeSpan.FromSeconds(30));
        var refusal = Assert.Throws<ArgumentException>(() => _bench.Builder.Services.AddLoopHeartbeat(Name, TimeSpan.FromSeconds(31)));
        Assert.Contains("importer", refusal.Message, StringComparison.Ordinal);
        await StartAsync();
        Assert.Single(_bench.Current.Checks);
    }

    [Theory]
    [InlineData(0.05)]
    [InlineData(86_401)]
    [InlineData(-1)]
    public void Silence_out_of_bounds_is_refused(double seconds) =>
        Assert.Throws<ArgumentOutOfRangeException>(() => _bench.Builder.Services.AddLoopHeartbeat("other", TimeSpan.FromSeconds(seconds)));

    [Fact]
    public async Task Name_that_another_check_has_stops_the_start()
    {
        _bench.Builder.Services.AddHealthChecks().AddCheck(Name, () => HealthCheckResult.Healthy());
        var failure = await Assert.ThrowsAsync<OptionsValidationException>(_bench.Start);
        Assert.Contains("2 checks are named 'importer'", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Two_loops_are_told_apart()
    {
        _bench.Builder.Services.AddLoopHeartbeat("mailer", TimeSpan.FromSeconds(5));
        await StartAsync();
        Loop.Beat();
        _bench.Time.AdvanceSeconds(8);
        Assert.Equal("moving", _bench.Current[Name]?.Word);
        Assert.Equal(CheckErrors.Stalled, _bench.Current["mailer"]?.Error);
    }

    public void Dispose() => _bench.Dispose();

    private ILoopHeartbeat Loop => _bench.Host.Services.GetRequiredKeyedService<ILoopHeartbeat>(Name);

    private async Task StartAsync()
    {
        await _bench.Start();
        FakeTime.Settle();
    }
}
