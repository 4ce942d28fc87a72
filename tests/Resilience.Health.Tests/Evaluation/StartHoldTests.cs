using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Xunit;

namespace Resilience.Health.Tests.Evaluation;

/// <summary>A start that somebody holds: what a startup gate works with.</summary>
[Collection(VirtualTime.Name)]
public sealed class StartHoldTests : IDisposable
{
    private readonly EvaluatorBench _bench = new();

    public void Dispose() => _bench.Dispose();

    [Fact]
    public async Task Held_service_stays_starting_until_everybody_has_let_go()
    {
        _bench.Add("db");
        StartHold? first = null, second = null;
        await _bench.StartAsync(() => (first, second) = (_bench.Evaluator.HoldStart(), _bench.Evaluator.HoldStart()));
        Assert.Equal((HealthPhase.Starting, false), (_bench.Current.Phase, _bench.Current.HasStarted));

        first?.Dispose();
        first?.Dispose();
        Assert.Equal(HealthPhase.Starting, _bench.Current.Phase);
        second?.Dispose();

        Assert.Equal((HealthPhase.Running, true), (_bench.Current.Phase, _bench.Current.HasStarted));
    }

    [Fact]
    public async Task Service_that_has_started_cannot_be_held()
    {
        await _bench.StartAsync();

        Assert.Throws<InvalidOperationException>(() => _bench.Evaluator.HoldStart());
    }

    [Fact]
    public async Task Postponed_check_runs_when_it_is_awaited_and_once_then()
    {
        var check = _bench.Add("db");
        StartHold? hold = null;
        await _bench.StartAsync(() =>
        {
            hold = _bench.Evaluator.HoldStart();
            hold.Postpone(["DB"]);
        });
        _bench.Time.AdvanceSeconds(100);
        Assert.Equal(0, check.Runs);

        hold?.Await(["db"]);
        FakeTime.Settle();

        Assert.Equal(1, check.Runs);
        hold?.Dispose();
    }

    [Fact]
    public async Task Awaited_checks_that_block_take_no_more_threads_than_places_and_those_that_wait_take_none()
    {
        using var bench = new EvaluatorBench(("Health:MaxConcurrent", "1"));
        using var gate = new ManualResetEventSlim();
        string[] names = ["a", "b", "c", "d"];
        var waiting = names.Select(name => bench.Add(name)).ToArray();
        var blocking = names.Select(name => bench.Add($"blocking-{name}")).ToArray();
        Array.ForEach(waiting, check => check.Answer = token => bench.Time.Delay(TimeSpan.FromDays(1), token).ContinueWith(_ => HealthCheckResult.Healthy(), TaskScheduler.Default));
        Array.ForEach(blocking, check => check.Answer = _ =>
        {
            gate.Wait(CancellationToken.None);
            return Task.FromResult(HealthCheckResult.Healthy());
        });
        StartHold? hold = null;
        await bench.StartAsync(() =>
        {
            hold = bench.Evaluator.HoldStart();
            hold.Postpone([.. names, .. names.Select(name => $"blocking-{name}")]);
        });
        try
        {
            hold?.Await(names);
            await Eventually.IsTrueAsync(() => waiting.Sum(check => check.Running) == 4, "all that wait run at once");
            hold?.Await(names.Select(name => $"blocking-{name}"));
            await Eventually.IsTrueAsync(() => blocking.Sum(check => check.Running) > 0, "one that blocks runs");
            FakeTime.Settle();
            Assert.Equal(1, blocking.Sum(check => check.Running));
        }
        finally
        {
            gate.Set();
        }

        await Eventually.IsTrueAsync(() => blocking.All(check => check.Runs > 0), "the others follow");
    }

    [Fact]
    public async Task Postponed_check_runs_once_the_hold_is_over()
    {
        var check = _bench.Add("db");
        StartHold? hold = null;
        await _bench.StartAsync(() =>
        {
            hold = _bench.Evaluator.HoldStart();
            hold.Postpone(["db"]);
        });

        hold?.Dispose();
        FakeTime.Settle();

        Assert.Equal(1, check.Runs);
    }

    [Fact]
    public async Task Check_that_rests_runs_at_once_when_it_is_awaited()
    {
        var check = _bench.Add("db");
        StartHold? hold = null;
        await _bench.StartAsync(() => hold = _bench.Evaluator.HoldStart());
        _bench.Time.AdvanceSeconds(3);
        var runs = check.Runs;

        hold?.Await(["db"]);
        FakeTime.Settle();

        Assert.Equal(runs + 1, check.Runs);
    }

    [Fact]
    public async Task Check_that_nobody_waits_for_any_longer_runs_as_configured_while_the_service_is_held()
    {
        var check = _bench.Add("db");
        StartHold? hold = null;
        await _bench.StartAsync(() => hold = _bench.Evaluator.HoldStart());
        check.Fails();
        hold?.Await(["db"]);
        _bench.Time.AdvanceSeconds(100);
        Assert.DoesNotContain(_bench.Log.Lines, line => line.Contains("Check db is error", StringComparison.Ordinal));

        hold?.Rest();
        _bench.Time.AdvanceSeconds(10);
        var runs = check.Runs;
        _bench.Time.AdvanceSeconds(30);

        Assert.InRange(check.Runs - runs, 3, 16); // 2 % of the time it has been bad, not of the wait.
        Assert.Equal(HealthPhase.Starting, _bench.Current.Phase);
    }

    [Fact]
    public async Task Who_waits_says_how_a_check_is_also_if_he_waits_no_longer_once_he_has_heard()
    {
        var check = new ScriptedCheck(_bench.Time);
        check.Fails();
        var registration = new HealthCheckRegistration("db", _ => check, HealthStatus.Unhealthy, null);
        await _bench.StartAsync();
        var pace = new StartPace(_bench.Time);
        var loop = new CheckLoop(
            registration, CheckSettings.Of(registration, null, new()), new(registration, _bench.Host.Services.GetRequiredService<IServiceScopeFactory>(), null, null, _bench.Time), pace, _bench.Time,
            _bench.Host.Services.GetRequiredService<HealthLog>(), _bench.Host.Services.GetRequiredService<HealthMetrics>(), changed: pace.Release);
        pace.Await();
        using var stopping = new CancellationTokenSource();

        var running = loop.RunAsync(onlyWhenAsked: true, stopping.Token);
        FakeTime.Settle();

        Assert.Equal(1, check.Runs);
        Assert.DoesNotContain(_bench.Log.Lines, line => line.Contains("Check db", StringComparison.Ordinal));
        await stopping.CancelAsync();
        await running.Within();
    }

    [Fact]
    public async Task Waiting_for_a_change_ends_when_a_check_has_run()
    {
        var check = _bench.Add("db");
        await _bench.StartAsync();
        var waiting = _bench.Evaluator.WaitForChangeAsync(_bench.Current, CancellationToken.None);
        Assert.False(waiting.IsCompleted);

        await _bench.RefreshAsync();
        _bench.Time.AdvanceSeconds(20);

        Assert.True((await waiting.Within())["db"]?.Runs > 1);
        Assert.True(check.Runs > 1);
    }

    [Fact]
    public async Task Waiting_for_a_change_of_an_evaluator_that_has_faults_says_so()
    {
        using var bench = new EvaluatorBench(("Health:Period", "00:00:00"));
        Task<HealthSnapshot>? waiting = null;
        await Assert.ThrowsAsync<Microsoft.Extensions.Options.OptionsValidationException>(() => bench.StartAsync(() => waiting = bench.Evaluator.WaitForChangeAsync(bench.Current, CancellationToken.None)));

        await Assert.ThrowsAsync<InvalidOperationException>(() => waiting!.Within());
    }
}
