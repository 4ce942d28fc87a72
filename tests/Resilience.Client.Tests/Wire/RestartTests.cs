using Xunit;
using static Resilience.Client.Tests.Wire.Steps;

namespace Resilience.Client.Tests.Wire;

public sealed class RestartTests
{
    private const int Callers = 64;
    private const int Restarts = 20;
    private const int AnswersBetween = 500;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Backend_that_restarts_twenty_times_costs_64_callers_no_call(bool typed)
    {
        await using var backend = new ScriptedBackend { Records = false }.Always(Read, typed ? EchoJson : Echo);
        await using var host = new WireHost(backend.Address);
        var answered = 0;
        var stop = false;
        var callers = Enumerable.Range(0, Callers).Select(caller => Task.Run(async () =>
        {
            for (var number = 0; !Volatile.Read(ref stop); number++)
            {
                var path = $"/{caller}/{number}";
                var answer = typed ? (await host.Client.GetAsync<string>(path[1..]).Within()) : await host.Http.GetStringAsync(path).Within();
                Assert.Equal(path, answer); // Its own answer, and no other's.
                Interlocked.Increment(ref answered);
            }
        })).ToArray();

        for (var restart = 0; restart < Restarts; restart++)
        {
            var before = Volatile.Read(ref answered);
            await Eventually.IsTrueAsync(() => Volatile.Read(ref answered) >= before + AnswersBetween || Array.Exists(callers, caller => caller.IsCompleted), "calls are answered");
            backend.Stop();
            await Eventually.IsTrueAsync(() => host.State.State == BackendState.Down, "found down");
            backend.Start();
        }

        Volatile.Write(ref stop, true);
        await Task.WhenAll(callers).Within();
        await host.LeftNothingAsync();
        Assert.True(answered >= Restarts * AnswersBetween);
    }

    private static Step EchoJson => peer => peer.SendAsync(Answer(200, $"\"{peer.Request.Target}\"", "Content-Type: application/json"));
}
