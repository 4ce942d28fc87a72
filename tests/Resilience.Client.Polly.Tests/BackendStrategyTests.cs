using Microsoft.Extensions.DependencyInjection;
using Polly;
using Polly.CircuitBreaker;
using Polly.Timeout;
using Xunit;

namespace Resilience.Client.Polly.Tests;

[Collection(VirtualTime.Name)]
public sealed class BackendStrategyTests
{
    [Fact]
    public async Task Call_that_succeeds_runs_the_callback_once()
    {
        using var bench = new PipelineBench();
        using var response = await bench.Run();
        Assert.True(response.IsSuccessStatusCode);
        Assert.Single(bench.Runs);
        Assert.Empty(bench.Wired);
    }

    [Fact]
    public async Task Transient_answer_is_run_again_and_the_response_before_it_is_disposed()
    {
        using var bench = new PipelineBench();
        var first = new Disposed();
        bench.Meets(_ => Task.FromResult<HttpResponseMessage>(first));

        using var response = await bench.Run();
        Assert.True(response.IsSuccessStatusCode);
        Assert.Equal(2, bench.Runs.Count);
        Assert.True(first.IsDisposed);
    }

    [Fact]
    public async Task Backend_that_is_away_is_waited_for_and_asked_through_its_own_client()
    {
        using var bench = new PipelineBench { Own = Answers.Fails(Answers.Refused()) };
        bench.Build().AddBackendResilience(bench.Services, "catalog").Build(); // Takes nobody's probes.
        var first = bench.Meets(Answers.Fails(Answers.Refused())).Call();
        var second = bench.Call();
        bench.Time.AdvanceSeconds(3);
        Assert.Equal((BackendState.Down, 2), (bench.State.State, bench.State.WaitingCalls));
        Assert.Single(bench.Runs);
        Assert.True(bench.Wired.Count > 20);
        Assert.All(bench.Wired, path => Assert.Equal("/health/ready", path));

        bench.Own = Answers.Ok;
        (await bench.Finish(first)).Dispose();
        (await bench.Finish(second)).Dispose();
        Assert.Equal(BackendState.Up, bench.State.State);
        Assert.InRange(bench.Time.Elapsed.TotalSeconds, 3, 3.2);
        Assert.Equal(3, bench.Runs.Count);
    }

    [Fact]
    public async Task State_is_that_of_the_backends_other_calls()
    {
        using var bench = new PipelineBench { Own = Answers.Fails(Answers.Refused()) };
        var own = bench.Services.GetRequiredService<IHttpClientFactory>().CreateClient("catalog").GetAsync(new Uri("items", UriKind.Relative), TestContext.Current.CancellationToken);
        FakeTime.Settle();
        var call = bench.Call();
        bench.Time.AdvanceSeconds(1);
        Assert.Equal(2, bench.State.WaitingCalls);
        Assert.Empty(bench.Runs);

        bench.State.Isolate("maintenance");
        var e = await Assert.ThrowsAsync<BackendException>(() => bench.Finish(call));
        Assert.Equal(BackendFailureReason.Isolated, e.Reason);
        await Assert.ThrowsAsync<BackendException>(() => bench.Finish(own));
    }

    [Fact]
    public async Task Attempt_that_hangs_is_cancelled_by_its_own_token_and_run_again()
    {
        var outer = new List<CancellationToken>();
        using var caller = new CancellationTokenSource();
        using var bench = new PipelineBench(outside: builder => builder.AddFallback(new()
        {
            ShouldHandle = args =>
            {
                outer.Add(args.Context.CancellationToken);
                return ValueTask.FromResult(false);
            },
            FallbackAction = _ => default,
        }));
        using var response = await bench.Finish(bench.Meets(Answers.Hang).Call(caller: caller));

        Assert.Equal(2, bench.Runs.Count);
        Assert.InRange(bench.Runs[1].TotalSeconds, 10, 10.3);
        Assert.True(bench.Tokens[0].IsCancellationRequested);
        Assert.False(bench.Tokens[1].IsCancellationRequested);
        Assert.Equal([caller.Token], outer); // The context has its caller's again.
    }

    [Fact]
    public async Task Token_that_a_callback_holds_on_to_is_no_other_calls()
    {
        using var bench = new PipelineBench(backend => backend.Retry.MaxRetries = 0);
        (await bench.Run()).Dispose();
        var hung = bench.Meets(Answers.Hang).Call();
        await Assert.ThrowsAsync<BackendException>(() => bench.Finish(hung));
        Assert.True(bench.Tokens[1].IsCancellationRequested);
        Assert.False(bench.Tokens[0].IsCancellationRequested);
    }

    [Fact]
    public async Task Deadline_covers_all_of_it()
    {
        using var bench = new PipelineBench(backend => backend.Timeout = TimeSpan.FromSeconds(15)) { Then = Answers.Hang };
        var e = await Assert.ThrowsAsync<BackendException>(() => bench.Run());
        Assert.Equal(BackendFailureReason.DeadlineExceeded, e.Reason);
        Assert.InRange(bench.Time.Elapsed.TotalSeconds, 15, 15.1);
    }

    [Fact]
    public async Task Caller_that_cancels_gets_its_own_cancellation()
    {
        using var bench = new PipelineBench { Then = Answers.Hang };
        using var caller = new CancellationTokenSource();
        var call = bench.Call(caller: caller);
        await caller.CancelAsync();
        var e = await Assert.ThrowsAnyAsync<OperationCanceledException>(() => bench.Finish(call));
        Assert.Equal(caller.Token, e.CancellationToken);
    }

    [Fact]
    public async Task Timeout_outside_ends_the_call_as_it_ends_any_other()
    {
        using var bench = new PipelineBench(outside: builder => builder.AddTimeout(TimeSpan.FromSeconds(2))) { Then = Answers.Hang };
        await Assert.ThrowsAsync<TimeoutRejectedException>(() => bench.Run());
        Assert.Equal(2, bench.Time.Elapsed.TotalSeconds, 0.1);
        Assert.Equal(BackendState.Up, bench.State.State);
    }

    [Fact]
    public async Task Timeout_inside_is_a_failed_attempt()
    {
        using var bench = new PipelineBench(inside: builder => builder.AddTimeout(TimeSpan.FromSeconds(2)));
        using var response = await bench.Meets(Answers.Hang).Run();
        Assert.True(response.IsSuccessStatusCode);
        Assert.Equal(2, bench.Runs.Count);
        Assert.InRange(bench.Runs[1].TotalSeconds, 2, 2.3);
    }

    [Fact]
    public async Task Timeout_inside_that_does_not_end_comes_out_as_the_one_exception()
    {
        using var bench = new PipelineBench(inside: builder => builder.AddTimeout(TimeSpan.FromSeconds(1))) { Then = Answers.Hang };
        var e = await Assert.ThrowsAsync<BackendException>(() => bench.Run());
        Assert.Equal(4, e.Attempts);
        Assert.IsType<TimeoutRejectedException>(e.InnerException?.InnerException);
    }

    [Fact]
    public async Task Refusal_of_a_circuit_inside_passes_as_it_is_and_says_nothing_of_the_backend()
    {
        var inside = new CircuitBreakerManualControl(isIsolated: true);
        using var bench = new PipelineBench(inside: builder => builder.AddCircuitBreaker(new() { ManualControl = inside }));
        for (var call = 0; call < 30; call++)
            await Assert.ThrowsAsync<IsolatedCircuitException>(() => bench.Run());
        Assert.Equal((BackendState.Up, 0), (bench.State.State, bench.State.ErrorRate));
        Assert.Empty(bench.Runs);
    }

    [Fact]
    public async Task Circuit_outside_sees_what_became_of_calls_not_of_attempts()
    {
        var outside = new CircuitBreakerStateProvider();
        using var bench = new PipelineBench(outside: builder => builder.AddCircuitBreaker(new()
        {
            MinimumThroughput = 2,
            StateProvider = outside,
            ShouldHandle = args => ValueTask.FromResult(args.Outcome.Exception is not null || args.Outcome.Result?.IsSuccessStatusCode == false),
        }));
        for (var call = 0; call < 3; call++)
            (await bench.Meets(Answers.Status(503)).Run()).Dispose();
        Assert.Equal(6, bench.Runs.Count);
        Assert.Equal(global::Polly.CircuitBreaker.CircuitState.Closed, outside.CircuitState);
    }

    [Fact]
    public async Task Fault_of_the_callback_passes_as_it_is()
    {
        using var bench = new PipelineBench().Meets(Answers.Fails(new InvalidOperationException("mine")));
        var e = await Assert.ThrowsAsync<InvalidOperationException>(() => bench.Run());
        Assert.Equal("mine", e.Message);
        Assert.Single(bench.Runs);
    }

    [Fact]
    public async Task Synchronous_pipeline_waits_on_its_callers_thread()
    {
        using var bench = new PipelineBench();
        var threads = new List<Thread>();
        HttpResponseMessage? response = null;
        var caller = new Thread(() => response = bench.Pipeline.Execute(_ =>
        {
            threads.Add(Thread.CurrentThread);
            return new HttpResponseMessage(threads.Count == 1 ? System.Net.HttpStatusCode.ServiceUnavailable : System.Net.HttpStatusCode.OK);
        }));
        caller.Start();
        await Eventually.IsTrueAsync(() => caller.ThreadState.HasFlag(ThreadState.WaitSleepJoin) && threads.Count == 1, "its caller waits for the retry");
        bench.Time.AdvanceSeconds(1);
        await Eventually.IsTrueAsync(() => !caller.IsAlive, "the call ends");
        Assert.True(response?.IsSuccessStatusCode);
        Assert.Equal(2, threads.Count);
        Assert.Same(caller, threads[0]);
    }

    [Fact]
    public void Backend_that_is_not_registered_stops_the_pipeline_where_it_is_built()
    {
        using var bench = new PipelineBench();
        var builder = bench.Build().AddBackendResilience(bench.Services, "unknown");
        Assert.Throws<KeyNotFoundException>(() => builder.Build());
    }

    [Fact]
    public async Task Backend_at_hand_does_as_well()
    {
        using var bench = new PipelineBench().Meets(Answers.Status(503));
        var pipeline = bench.Build().AddBackendResilience(bench.State).Build();
        var call = pipeline.ExecuteAsync(async token => await bench.AttemptAsync(token), TestContext.Current.CancellationToken).AsTask();
        using var response = await bench.Finish(call);
        Assert.True(response.IsSuccessStatusCode);
        Assert.Equal(2, bench.Runs.Count);
    }

    private sealed class Disposed() : HttpResponseMessage(System.Net.HttpStatusCode.ServiceUnavailable)
    {
        public bool IsDisposed { get; private set; }

        protected override void Dispose(bool disposing)
        {
            IsDisposed = true;
            base.Dispose(disposing);
        }
    }
}
