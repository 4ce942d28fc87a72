using System.Collections;
using System.Diagnostics.CodeAnalysis;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Xunit;

namespace Resilience.Health.Tests.Evaluation;

/// <summary>What checks may do to whoever runs them.</summary>
[Collection(VirtualTime.Name)]
public sealed class CheckRunnerTests
{
    [Fact]
    public async Task Check_that_honours_its_token_is_cancelled_at_its_deadline()
    {
        using var bench = new EvaluatorBench();
        TimeSpan? cancelled = null;
        var check = bench.Add("slow");
        check.Answer = async token =>
        {
            try
            {
                await bench.Time.Delay(TimeSpan.FromMinutes(1), token);
            }
            finally
            {
                cancelled = bench.Time.Elapsed;
            }

            return HealthCheckResult.Healthy();
        };
        await bench.StartAsync();
        bench.Time.AdvanceSeconds(4.9);
        Assert.Equal(CheckErrors.NotRun, bench.Current["slow"]?.Error);
        bench.Time.AdvanceSeconds(0.2);
        Assert.Equal(5, cancelled?.TotalSeconds);
        var slow = bench.Current["slow"];
        Assert.Equal((CheckErrors.Timeout, HealthStatus.Unhealthy, 5.0), (slow?.Error, slow?.Status, Math.Round(slow?.Latency.TotalSeconds ?? 0, 3)));
        Assert.Equal("It has not ended after 5 s; its timeout is 5 s.", slow?.Description);
        bench.Time.AdvanceSeconds(60);
        Assert.InRange(check.Runs, 9, 11); // About 6 s apart: the deadline, and a second.
        Assert.Equal(1, check.MostAtOnce);
    }

    [Fact]
    public async Task Success_just_in_time_counts_and_a_late_one_does_not()
    {
        using var bench = new EvaluatorBench();
        bench.Add("just").IgnoresItsTokenFor(TimeSpan.FromSeconds(4.99));
        bench.Add("late").IgnoresItsTokenFor(TimeSpan.FromSeconds(5.01));
        await bench.StartAsync();
        bench.Time.AdvanceSeconds(60);
        Assert.Equal(HealthStatus.Healthy, bench.Current["just"]?.Status);
        Assert.Equal((HealthStatus.Unhealthy, CheckErrors.Timeout), (bench.Current["late"]?.Status, bench.Current["late"]?.Error));
        Assert.All(bench.Current["late"]?.History ?? [], change => Assert.Equal(HealthStatus.Unhealthy, change.Status));
    }

    [Fact]
    public async Task Late_success_does_not_count_where_the_deadlines_timer_is_even_later()
    {
        using var bench = new EvaluatorBench();
        var ends = new TaskCompletionSource<HealthCheckResult>(TaskCreationOptions.RunContinuationsAsynchronously);
        bench.Add("late").Answer = _ => ends.Task;
        await bench.StartAsync();
        bench.Time.IsHalted = true;
        bench.Time.Push(TimeSpan.FromSeconds(6));
        ends.SetResult(HealthCheckResult.Healthy());
        FakeTime.Settle();
        Assert.Equal((CheckErrors.Timeout, "It ended too late after 6 s; its timeout is 5 s."), (bench.Current["late"]?.Error, bench.Current["late"]?.Description));
    }

    [Fact]
    public async Task Check_that_blocks_its_thread_holds_up_only_itself()
    {
        using var release = new ManualResetEventSlim();
        using var bench = new EvaluatorBench();
        var check = bench.Add("blocked");
        check.Answer = _ =>
        {
            release.Wait(CancellationToken.None);
            return Task.FromResult(HealthCheckResult.Healthy());
        };
        bench.Add("well");
        await bench.StartAsync();
        bench.Time.AdvanceSeconds(5.1);
        Assert.Equal((CheckErrors.Timeout, HealthStatus.Healthy), (bench.Current["blocked"]?.Error, bench.Current["well"]?.Status));
        release.Set();
        bench.Time.AdvanceSeconds(10);
        Assert.Equal((HealthStatus.Healthy, 1), (bench.Current["blocked"]?.Status, check.MostAtOnce));
    }

    [Fact]
    public async Task Factory_that_blocks_is_a_timeout_and_is_not_called_again_meanwhile()
    {
        using var release = new ManualResetEventSlim();
        using var bench = new EvaluatorBench();
        var made = 0;
        bench.Checks.Add(new HealthCheckRegistration("blocked", _ =>
        {
            Interlocked.Increment(ref made);
            release.Wait(CancellationToken.None);
            return new ScriptedCheck(bench.Time);
        }, null, null));
        bench.Add("well");
        await bench.StartAsync();
        bench.Time.AdvanceSeconds(20);
        Assert.Equal((CheckErrors.Timeout, HealthStatus.Healthy, 1), (bench.Current["blocked"]?.Error, bench.Current["well"]?.Status, made));
        release.Set();
        bench.Time.AdvanceSeconds(10);
        Assert.Equal(HealthStatus.Healthy, bench.Current["blocked"]?.Status);
    }

    [Fact]
    public async Task Scope_that_does_not_let_itself_be_disposed_is_a_timeout()
    {
        using var bench = new EvaluatorBench();
        var disposed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        bench.Builder.Services.AddScoped(_ => new Scoped(() => new ValueTask(disposed.Task)));
        bench.Checks.Add(new HealthCheckRegistration("clinging", services => new NeedsScoped(services.GetRequiredService<Scoped>()), null, null));
        await bench.StartAsync();
        bench.Time.AdvanceSeconds(5.1);
        Assert.Equal(CheckErrors.Timeout, bench.Current["clinging"]?.Error);
        disposed.SetResult();
        bench.Time.AdvanceSeconds(10);
        Assert.Equal(HealthStatus.Healthy, bench.Current["clinging"]?.Status);
    }

    [Fact]
    public async Task Scoped_services_are_made_and_disposed_for_each_run()
    {
        using var bench = new EvaluatorBench();
        var (made, disposed) = (0, 0);
        bench.Builder.Services.AddScoped(_ =>
        {
            made++;
            return new Scoped(() =>
            {
                disposed++;
                return ValueTask.CompletedTask;
            });
        });
        bench.Checks.AddCheck<NeedsScoped>("scoped");
        await bench.StartAsync();
        bench.Time.AdvanceSeconds(100);
        Assert.True(bench.Current["scoped"]?.Runs > 4);
        Assert.Equal((bench.Current["scoped"]?.Runs, made), (made, disposed));
    }

    [Fact]
    public async Task Factory_that_throws_is_one_failed_check()
    {
        using var bench = new EvaluatorBench();
        bench.Checks.Add(new HealthCheckRegistration("throws", _ => throw new InvalidOperationException("no luck"), null, null));
        bench.Checks.Add(new HealthCheckRegistration("null", _ => null!, HealthStatus.Degraded, null)); // What a careless factory may return.
        bench.Checks.AddCheck<NeedsScoped>("lacks"); // Nobody registered what it needs.
        bench.Add("well");
        await bench.StartAsync();
        Assert.Equal((CheckErrors.NotCreated, HealthStatus.Unhealthy), (bench.Current["throws"]?.Error, bench.Current["throws"]?.Status));
        Assert.Equal("InvalidOperationException: no luck", bench.Current["throws"]?.Description);
        Assert.Equal((CheckErrors.NotCreated, HealthStatus.Degraded), (bench.Current["null"]?.Error, bench.Current["null"]?.Status));
        Assert.Equal(CheckErrors.NotCreated, bench.Current["lacks"]?.Error);
        Assert.Equal(HealthStatus.Healthy, bench.Current["well"]?.Status);
        Assert.Equal(HealthPhase.Running, bench.Current.Phase);
    }

    [Fact]
    public async Task What_a_check_throws_is_its_failure()
    {
        using var bench = new EvaluatorBench();
        bench.Add("throws", HealthStatus.Degraded).Answer = _ => throw new InvalidOperationException("no luck");
        bench.Add("later").Answer = async _ =>
        {
            await Task.Yield();
            throw new TimeoutException("too slow");
        };
        bench.Add("unasked").Answer = _ => throw new OperationCanceledException("nobody asked for it");
        bench.Checks.AddCheck("null", new ReturnsNull());
        bench.Add("hostile").Answer = _ => throw new HostileException();
        await bench.StartAsync();
        Assert.Equal((CheckErrors.Exception, HealthStatus.Degraded), (bench.Current["throws"]?.Error, bench.Current["throws"]?.Status));
        Assert.IsType<InvalidOperationException>(bench.Current["throws"]?.Exception);
        Assert.Equal(CheckErrors.Timeout, bench.Current["later"]?.Error);
        Assert.Equal(CheckErrors.Exception, bench.Current["unasked"]?.Error);
        Assert.Equal(CheckErrors.Exception, bench.Current["null"]?.Error);
        Assert.Equal((CheckErrors.Exception, HealthStatus.Unhealthy), (bench.Current["hostile"]?.Error, bench.Current["hostile"]?.Status));
        Assert.DoesNotContain(bench.Log.Lines, line => line.Contains("loop", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Result_that_is_none_is_a_failure()
    {
        using var bench = new EvaluatorBench();
        bench.Add("default").Is(default);
        bench.Add("high").Is(new HealthCheckResult((HealthStatus)7));
        bench.Add("low").Is(new HealthCheckResult((HealthStatus)(-1)));
        bench.Add("optional", HealthStatus.Degraded).Is(new HealthCheckResult((HealthStatus)(-1)));
        await bench.StartAsync();
        Assert.Equal((HealthStatus.Unhealthy, CheckErrors.Failed), (bench.Current["default"]?.Status, bench.Current["default"]?.Error));
        Assert.Equal((HealthStatus.Unhealthy, CheckErrors.Failed), (bench.Current["high"]?.Status, bench.Current["high"]?.Error));
        Assert.Equal((HealthStatus.Unhealthy, CheckErrors.Failed), (bench.Current["low"]?.Status, bench.Current["low"]?.Error));
        Assert.Equal(HealthStatus.Degraded, bench.Current["optional"]?.Status);
        Assert.False(bench.Current.IsReady);
    }

    [Fact]
    public async Task Data_that_cannot_be_read_is_a_failure_of_its_check_only()
    {
        using var bench = new EvaluatorBench();
        bench.Add("throws").Is(HealthCheckResult.Healthy(data: new Strange(() => throw new InvalidOperationException("no data"))));
        var endless = bench.Add("endless");
        endless.Is(HealthCheckResult.Healthy(data: new Strange(() => Enumerable.Range(0, int.MaxValue).Select(i => KeyValuePair.Create($"key{i}", (object)i)).GetEnumerator())));
        bench.Add("well").Is(HealthCheckResult.Healthy(data: new Dictionary<string, object> { ["lag"] = 3L }));
        await bench.StartAsync();
        bench.Time.AdvanceSeconds(6);
        Assert.Equal((CheckErrors.Exception, HealthStatus.Unhealthy), (bench.Current["throws"]?.Error, bench.Current["throws"]?.Status));
        Assert.True(bench.Current["endless"]?.RawData.Count < 1000);
        Assert.Equal(3L, bench.Current["well"]?.Data["lag"]);
    }

    [Fact]
    public async Task Data_is_kept_as_it_was_when_the_run_ended()
    {
        using var bench = new EvaluatorBench();
        var data = new Dictionary<string, object> { ["lag"] = 3L };
        bench.Add("db").Is(HealthCheckResult.Healthy(data: data));
        await bench.StartAsync();
        var before = bench.Current["db"];
        data["lag"] = 4;
        data["more"] = 5;
        Assert.Equal(3L, before?.Data["lag"]);
        Assert.Equal(3L, before?.RawData["lag"]);
        Assert.Single(before?.RawData ?? data);
    }

    [Fact]
    public async Task Own_code_and_the_codes_of_failures_are_told()
    {
        using var bench = new EvaluatorBench();
        bench.Add("own").Is(HealthCheckResult.Unhealthy(data: new Dictionary<string, object> { ["error"] = "disk_low" }));
        bench.Add("prose").Is(HealthCheckResult.Unhealthy(data: new Dictionary<string, object> { ["error"] = "Password=secret is wrong" }));
        bench.Add("thrown").Is(HealthCheckResult.Unhealthy("no", new TimeoutException()));
        bench.Add("degraded").Is(HealthCheckResult.Degraded());
        bench.Add("well").Is(HealthCheckResult.Healthy(data: new Dictionary<string, object> { ["error"] = "none" }));
        await bench.StartAsync();
        Assert.Equal(["disk_low", CheckErrors.Failed, CheckErrors.Timeout, CheckErrors.Degraded, null], bench.Current.Checks.Select(check => check.Error));
    }

    [Fact]
    public async Task Registrations_own_timeout_period_and_failure_status_count()
    {
        using var bench = new EvaluatorBench();
        var timeout = new ScriptedCheck(bench.Time);
        timeout.IgnoresItsTokenFor(TimeSpan.FromSeconds(90));
        bench.Checks.Add(new HealthCheckRegistration("timeout", _ => timeout, HealthStatus.Degraded, null, TimeSpan.FromSeconds(20)));
        var sparse = new ScriptedCheck(bench.Time);
        bench.Checks.Add(new HealthCheckRegistration("sparse", _ => sparse, null, null) { Period = TimeSpan.FromMinutes(5), Delay = TimeSpan.FromMinutes(1) });
        await bench.StartAsync();
        Assert.Equal(1, sparse.Runs); // A delay is about publishers; the start waits for the first run.
        bench.Time.AdvanceSeconds(19.9);
        Assert.Equal(CheckErrors.NotRun, bench.Current["timeout"]?.Error);
        bench.Time.AdvanceSeconds(0.2);
        Assert.Equal((CheckErrors.Timeout, HealthStatus.Degraded), (bench.Current["timeout"]?.Error, bench.Current["timeout"]?.Status));
        bench.Time.Advance(TimeSpan.FromMinutes(52));
        Assert.InRange(sparse.Runs, 10, 12);
        Assert.True(bench.Current["sparse"]?.IsKnown);
    }

    [Fact]
    public async Task More_hung_checks_than_may_run_at_once_hold_up_the_others_for_one_timeout_each_turn()
    {
        using var bench = new EvaluatorBench(("Health:MaxConcurrent", "4"));
        var hung = Enumerable.Range(0, 12).Select(i => bench.Add($"hung{i}")).ToArray();
        foreach (var check in hung)
            check.IgnoresItsTokenFor(TimeSpan.FromHours(1));
        var well = bench.Add("well");
        await bench.StartAsync();
        Assert.Equal(4, hung.Sum(check => check.Running));
        bench.Time.AdvanceSeconds(15.1); // Three turns of four.
        Assert.Equal(HealthStatus.Healthy, bench.Current["well"]?.Status);
        Assert.Equal(12, hung.Sum(check => check.Running));
        var before = well.Runs;
        bench.Time.AdvanceSeconds(300);
        Assert.InRange(well.Runs - before, 10, 14); // Every 30 s, as ever, once settled: what was given up holds no slot.
        Assert.All(hung, check => Assert.Equal((1, 1), (check.Runs, check.MostAtOnce)));
    }

    [Fact]
    public async Task Checks_run_at_once_up_to_the_limit()
    {
        using var bench = new EvaluatorBench(("Health:MaxConcurrent", "3"));
        var (running, most) = (0, 0);
        for (var i = 0; i < 20; i++)
        {
            bench.Add($"check{i}").Answer = async token =>
            {
                most = Math.Max(most, Interlocked.Increment(ref running));
                await bench.Time.Delay(TimeSpan.FromSeconds(0.4), token);
                Interlocked.Decrement(ref running);
                return HealthCheckResult.Healthy();
            };
        }

        await bench.StartAsync();
        bench.Time.AdvanceSeconds(7.1);
        Assert.All(bench.Current.Checks, check => Assert.Equal(HealthStatus.Healthy, check.Status));
        bench.Time.AdvanceSeconds(120);
        Assert.Equal(3L, most);
    }

    [Fact]
    public async Task Two_hundred_that_hang_hold_up_neither_the_others_nor_liveness()
    {
        using var bench = new EvaluatorBench();
        for (var i = 0; i < 200; i++)
        {
            bench.Add($"hanging{i}", HealthStatus.Degraded).Answer = async token =>
            {
                await bench.Time.Delay(TimeSpan.FromDays(1), token);
                return HealthCheckResult.Healthy();
            };
        }

        bench.Add("core");
        bench.Add("loop", HealthStatus.Unhealthy, CheckTags.Live);
        await bench.StartAsync();
        bench.Time.AdvanceUntil(() => bench.Current.Phase == HealthPhase.Running, TimeSpan.FromSeconds(20));
        for (var second = 0; second < 300; second += 5)
        {
            bench.Time.AdvanceSeconds(5);
            Assert.Equal((true, true, "degraded"), (bench.Current.IsLive, bench.Current.IsReady, bench.Current.Word));
        }
    }

    [Fact]
    public async Task Stopping_cancels_the_runs_and_does_not_wait_for_those_that_ignore_it()
    {
        using var bench = new EvaluatorBench();
        var deaf = bench.Add("deaf");
        deaf.IgnoresItsTokenFor(TimeSpan.FromHours(1));
        var cancelled = false;
        bench.Add("polite").Answer = async token =>
        {
            await using var registration = token.Register(() => cancelled = true);
            await bench.Time.Delay(TimeSpan.FromHours(1), token);
            return HealthCheckResult.Healthy();
        };
        await bench.StartAsync();
        await bench.StopAsync();
        FakeTime.Settle();
        Assert.True(cancelled);
        Assert.Equal(1, deaf.Running);
        Assert.DoesNotContain(bench.Log.Lines, line => line.StartsWith("Error", StringComparison.Ordinal));
    }

    [Fact]
    public async Task What_a_check_registers_on_its_token_may_throw_and_block()
    {
        using var release = new ManualResetEventSlim();
        using var bench = new EvaluatorBench();
        bench.Add("blocks").Answer = async token =>
        {
            token.Register(() => release.Wait(CancellationToken.None));
            token.Register(() => throw new InvalidOperationException("in the callback"));
            await bench.Time.Delay(TimeSpan.FromHours(1), CancellationToken.None);
            return HealthCheckResult.Healthy();
        };
        bench.Add("well");
        await bench.StartAsync();
        bench.Time.AdvanceSeconds(5.1);
        Assert.Equal((CheckErrors.Timeout, HealthStatus.Healthy), (bench.Current["blocks"]?.Error, bench.Current["well"]?.Status));
        bench.Time.AdvanceSeconds(2.5);
        Assert.True(bench.Current["blocks"]?.Runs > 1);
        await bench.StopAsync();
        release.Set();
    }

    [Fact]
    public async Task Runs_know_nothing_of_the_start_or_of_who_asked()
    {
        var ambient = new AsyncLocal<string>();
        var seen = new List<string?>();
        using var bench = new EvaluatorBench();
        bench.Add("db").Answer = _ =>
        {
            seen.Add(ambient.Value);
            return Task.FromResult(HealthCheckResult.Healthy());
        };
        ambient.Value = "start";
        await bench.StartAsync();
        ambient.Value = "request";
        bench.Time.AdvanceSeconds(2);
        await bench.RefreshAsync();
        bench.Time.AdvanceSeconds(20);
        Assert.True(seen.Count > 2);
        Assert.All(seen, Assert.Null);
    }

    private sealed class Scoped(Func<ValueTask> dispose) : IAsyncDisposable
    {
        public ValueTask DisposeAsync() => dispose();
    }

    private sealed class NeedsScoped(Scoped scoped) : IHealthCheck
    {
        public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) =>
            Task.FromResult(scoped is null ? HealthCheckResult.Unhealthy() : HealthCheckResult.Healthy());
    }

    private sealed class ReturnsNull : IHealthCheck
    {
        public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) => null!; // A careless mock's answer.
    }

    private sealed class HostileException : Exception
    {
        public override string Message => throw new InvalidOperationException("not even this");
    }

    private sealed class Strange(Func<IEnumerator<KeyValuePair<string, object>>> enumerate) : IReadOnlyDictionary<string, object>
    {
        public object this[string key] => throw new KeyNotFoundException();

        public IEnumerable<string> Keys => throw new NotSupportedException();

        public IEnumerable<object> Values => throw new NotSupportedException();

        public int Count => int.MaxValue;

        public bool ContainsKey(string key) => false;

        public bool TryGetValue(string key, [MaybeNullWhen(false)] out object value)
        {
            value = null;
            return false;
        }

        public IEnumerator<KeyValuePair<string, object>> GetEnumerator() => enumerate();

        IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
    }
}
