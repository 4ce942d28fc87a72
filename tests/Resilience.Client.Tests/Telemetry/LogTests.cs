using Microsoft.Extensions.Logging;
using Xunit;

namespace Resilience.Client.Tests;

/// <summary>What is said of calls and states, and how often.</summary>
[Collection(VirtualTime.Name)]
public sealed class LogTests
{
    [Fact]
    public async Task Outage_is_one_line_when_it_begins_and_one_when_it_ends_however_many_wait()
    {
        using var bench = new Bench();
        (await bench.Run()).Dispose();
        var calls = Enumerable.Range(0, 20).Select(_ => bench.Send(Bench.Get())).Prepend(bench.GoDown()).ToArray();
        bench.Time.AdvanceSeconds(5);
        bench.Wire.Answer = bench.Wire.Ok;
        foreach (var call in calls)
            (await bench.Finish(call)).Dispose();
        var said = bench.Log.Where(line => !line.StartsWith("Debug", StringComparison.Ordinal)).ToArray();
        Assert.Equal(2, said.Length);
        Assert.StartsWith("Warning: Backend catalog at http://backend.test:5081 is down: the connection is refused. Calls wait for its return, up to 30 s.", said[0], StringComparison.Ordinal);
        Assert.StartsWith("Information: Backend catalog is back after 5.", said[1], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Calls_that_fail_are_one_line_per_reason_in_ten_seconds_and_the_next_says_how_many_were_left_out()
    {
        using var bench = new Bench();
        for (var call = 0; call < 5; call++)
        {
            bench.Wire.Answer = bench.Wire.Status(500);
            (await bench.Run()).Dispose();
            bench.Wire.Answer = Fault.Throws(new HttpRequestException(HttpRequestError.InvalidResponse, Fault.Secret));
            await bench.Fails();
        }

        Assert.Equal(
        [
            "Warning: Backend catalog: a call failed, status (attempts: 1, 0 s): it answers 500.",
            "Warning: Backend catalog: a call failed, invalid_response (attempts: 1, 0 s): its answer is not valid HTTP.",
        ], bench.Log);
        bench.Time.AdvanceSeconds(10.01);
        bench.Wire.Answer = bench.Wire.Status(500);
        (await bench.Run()).Dispose();
        Assert.Equal("Warning: Backend catalog: a call failed, status (attempts: 1, 0 s): it answers 500. So did 4 more since the last such line.", bench.Log[^1]);
        bench.Time.AdvanceSeconds(10.01);
        (await bench.Run()).Dispose();
        Assert.EndsWith("it answers 500.", bench.Log[^1], StringComparison.Ordinal);
        Assert.Equal(4, bench.Log.Count);
    }

    [Fact]
    public async Task Success_and_calls_that_are_cancelled_are_silent()
    {
        using var bench = new Bench();
        foreach (var status in new[] { 200, 204, 302, 401, 404, 409 })
        {
            bench.Wire.Answer = Fault.Status(status);
            (await bench.Run()).Dispose();
        }

        bench.Wire.Answer = ScriptedWire.Hang;
        using var caller = new CancellationTokenSource();
        var call = bench.CallFor(caller);
        await caller.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => bench.Finish(call));
        Assert.Empty(bench.Log);
    }

    [Fact]
    public async Task Retries_are_said_at_debug_only()
    {
        using var bench = new Bench();
        bench.Wire.Probe = bench.Wire.Ok;
        bench.Wire.Answer = ScriptedWire.Sequence(bench.Wire.Unavailable, ScriptedWire.Cut, bench.Wire.Ok);
        (await bench.Run()).Dispose();
        Assert.Equal(
        [
            "Debug: Backend catalog: attempt 1 failed, it answers 503. The next follows in 0.1 s.",
            "Debug: Backend catalog: attempt 2 failed, the connection is lost before the response is complete. The next follows in 0.2 s.",
        ], bench.Log);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Logger_that_throws_breaks_neither_calls_nor_recovery(bool alsoWhenAsked)
    {
        using var bench = new Bench(logger: new Broken(alsoWhenAsked));
        var call = bench.GoDown();
        bench.Wire.Probe = bench.Wire.Status(404);
        bench.Time.AdvanceSeconds(2);
        bench.Wire.Answer = ScriptedWire.Sequence(bench.Wire.Unavailable, bench.Wire.Ok);
        (await bench.Finish(call)).Dispose();
        Assert.Equal(BackendState.Up, bench.State.State);
        bench.Wire.Answer = bench.Wire.Status(500);
        (await bench.Run()).Dispose();
        bench.Wire.Answer = Fault.Throws(new HttpRequestException(HttpRequestError.InvalidResponse));
        await bench.Fails();
        bench.State.Isolate("maintenance");
        bench.State.Restore();
        Assert.Equal(BackendState.Up, bench.State.State);
    }

    private sealed class Broken(bool alsoWhenAsked) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => alsoWhenAsked ? throw new InvalidOperationException("logger") : true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            throw new InvalidOperationException("logger");
    }
}
