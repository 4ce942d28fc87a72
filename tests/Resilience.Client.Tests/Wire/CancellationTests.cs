using Xunit;
using static Resilience.Client.Tests.Wire.Steps;

namespace Resilience.Client.Tests.Wire;

/// <summary>All timeouts are long here: a call that ends at all was ended by its caller.</summary>
public sealed class CancellationTests
{
    private const string Head = "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n";
    private static readonly string[] Patient = ["Timeout=00:30:00", "AttemptTimeout=00:30:00"];

    public static TheoryData<bool> Typed => [false, true];

    [Theory]
    [MemberData(nameof(Typed))]
    public async Task Caller_cancels_while_waiting_for_a_backend_that_is_down(bool typed)
    {
        await using var backend = new ScriptedBackend().Always(Read, Json("1"));
        backend.Stop();
        await using var host = new WireHost(backend.Address, Patient);
        using var caller = new CancellationTokenSource();
        var calls = Enumerable.Range(0, 10).Select(_ => Call(host, typed, caller.Token)).ToArray();
        await host.IsDownAsync(waiting: 10);
        await caller.CancelAsync();
        foreach (var call in calls)
            await EndsWithTheCallersToken(host, call, caller);

        backend.Start();
        await Call(host, typed, TestContext.Current.CancellationToken).Within();
        Assert.Equal(1, backend.Requests);
    }

    [Theory]
    [MemberData(nameof(Typed))]
    public async Task Caller_cancels_in_a_retry_delay(bool typed)
    {
        await using var backend = new ScriptedBackend().Next(Read, Reply(503, "no"));
        await using var host = new WireHost(
            backend.Address, [.. Patient, "Retry:BaseDelay=00:10:00", "Retry:MaxDelay=00:10:00", "Retry:Jitter=None"]);
        using var caller = new CancellationTokenSource();
        var budget = host.State.BudgetLeft;
        var call = Call(host, typed, caller.Token);
        await Eventually.IsTrueAsync(() => host.State.BudgetLeft < budget, "the retry is decided");
        await caller.CancelAsync();
        await EndsWithTheCallersToken(host, call, caller);
        Assert.Equal(budget, host.State.BudgetLeft); // The retry was not sent.
        Assert.Equal(1, backend.Requests);
    }

    [Theory]
    [MemberData(nameof(Typed))]
    public async Task Caller_cancels_in_flight(bool typed)
    {
        var read = new TaskCompletionSource();
        await using var backend = new ScriptedBackend().Next(Read, Signal(read), Silence);
        await using var host = new WireHost(backend.Address, Patient);
        using var caller = new CancellationTokenSource();
        var call = Call(host, typed, caller.Token);
        await read.Task.Within();
        await caller.CancelAsync();
        await EndsWithTheCallersToken(host, call, caller);
        await Eventually.IsTrueAsync(() => backend.Open == 0, "the connection is closed");
    }

    [Theory]
    [MemberData(nameof(Typed))]
    public async Task Caller_cancels_within_the_body(bool typed)
    {
        var sent = new TaskCompletionSource();
        await using var backend = new ScriptedBackend().Next(Read, Send(Head + "some"), Signal(sent), Silence);
        await using var host = new WireHost(backend.Address, Patient);
        using var caller = new CancellationTokenSource();
        var call = Call(host, typed, caller.Token);
        await sent.Task.Within();
        await caller.CancelAsync();
        await EndsWithTheCallersToken(host, call, caller);
        await Eventually.IsTrueAsync(() => backend.Open == 0, "the connection is closed");
    }

    [Fact]
    public async Task Caller_of_the_trial_cancels_and_the_next_call_is_let_in()
    {
        var arrived = new TaskCompletionSource();
        await using var backend = new ScriptedBackend().Always(Read, Ok());
        backend.Stop();
        await using var host = new WireHost(backend.Address, [.. Patient, "Recovery:ProbePath="]); // The first request is the trial.
        using var caller = new CancellationTokenSource();
        var trial = host.Http.GetAsync("/trial", caller.Token);
        await Eventually.IsTrueAsync(() => host.State.State == BackendState.Down, "down");
        var next = host.GetAsync("/next");
        backend.Always(Read, async peer =>
        {
            if (peer.Request.Target == "/trial" && !arrived.TrySetResult())
                throw new InvalidOperationException("The trial came twice.");
            if (peer.Request.Target == "/trial")
                await peer.WaitForCloseAsync();
            else
                await peer.SendAsync(Answer(200, "ok"));
        });
        backend.Start();
        await Task.WhenAny(arrived.Task, next).Within(); // Each failed trial lets the other one try: either may be first.
        await caller.CancelAsync();
        await EndsWithTheCallersToken(host, trial, caller);
        await host.AnswersAsync("ok", next);
    }

    [Fact]
    public async Task Caller_cancels_reading_a_streamed_body()
    {
        await using var backend = new ScriptedBackend().Next(Read, Send(Head + "some"), Silence);
        await using var host = new WireHost(backend.Address, Patient);
        using var caller = new CancellationTokenSource();
        using var response = await host.Http.GetAsync("/", HttpCompletionOption.ResponseHeadersRead, caller.Token).Within();
        await using var body = await response.Content.ReadAsStreamAsync(caller.Token);
        var read = 0;
        while (read < 4)
            read += await body.ReadAsync(new byte[100], caller.Token);
        var rest = body.ReadAsync(new byte[100], caller.Token).AsTask();
        Assert.False(rest.IsCompleted);
        await caller.CancelAsync();
        var ended = await Assert.ThrowsAnyAsync<OperationCanceledException>(() => rest.Within());
        Assert.Equal(caller.Token, ended.CancellationToken);
        await host.LeftNothingAsync();
    }

    [Fact]
    public async Task Caller_who_cancelled_before_calling_sends_nothing()
    {
        await using var backend = new ScriptedBackend();
        await using var host = new WireHost(backend.Address, Patient);
        using var caller = new CancellationTokenSource();
        await caller.CancelAsync();
        await EndsWithTheCallersToken(host, Call(host, typed: false, caller.Token), caller);
        await EndsWithTheCallersToken(host, Call(host, typed: true, caller.Token), caller);
        Assert.Equal(0, backend.Connections);
    }

    private static Task Call(WireHost host, bool typed, CancellationToken token) =>
        typed ? host.Client.GetAsync<int>("x", cancellationToken: token) : host.Http.GetAsync("/", token);

    private static async Task EndsWithTheCallersToken(WireHost host, Task call, CancellationTokenSource caller)
    {
        var ended = await Assert.ThrowsAnyAsync<OperationCanceledException>(() => call.Within());
        Assert.Equal(caller.Token, ended.CancellationToken);
        await host.LeftNothingAsync();
        Assert.Equal(0, host.State.WaitingCalls);
    }
}
