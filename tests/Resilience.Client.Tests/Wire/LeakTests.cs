using System.Collections.Concurrent;
using Xunit;
using static Resilience.Client.Tests.Wire.Steps;

namespace Resilience.Client.Tests.Wire;

[Collection(nameof(Alone))]
public sealed class LeakTests
{
    private const int Calls = 10_000;
    private const int Callers = 32;
    private const string NeverOpen = "Circuit:MinFailures=99999";

    [Theory]
    [InlineData("answered 503")]
    [InlineData("reset")]
    [InlineData("cut within the body")]
    [InlineData("refused")]
    [InlineData("cancelled")]
    public async Task Ten_thousand_failing_calls_leave_nothing_behind(string how)
    {
        var arrived = new ConcurrentDictionary<string, TaskCompletionSource>();
        await using var backend = new ScriptedBackend { Records = false };
        backend.Always(how switch
        {
            "answered 503" => [Read, Reply(503, "no")],
            "cut within the body" => [Read, Send("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n12"), Close],
            "cancelled" => [Read, Do(peer => arrived[peer.Request.Target].SetResult()), Silence],
            _ => [Read, Reset],
        });
        if (how == "refused")
            backend.Stop();
        await using var host = new WireHost(
            backend.Address, "Retry:MaxRetries=0", "Recovery:WhenDown=FailFast", NeverOpen, "Circuit:MinSamples=100000");
        await FailAsync(host, how, Callers * 4, arrived);
        await host.LeftNothingAsync();
        var (files, timers, memory) = (Files(), Timer.ActiveCount, GC.GetTotalMemory(forceFullCollection: true));

        await FailAsync(host, how, Calls, arrived);
        await host.LeftNothingAsync();
        await Eventually.IsTrueAsync(() => ThreadPool.PendingWorkItemCount == 0, "no work is left");
        await Eventually.IsTrueAsync(
            () =>
            {
                GC.Collect();
                GC.WaitForPendingFinalizers();
                return Files() <= files + 2 * Callers && Timer.ActiveCount <= timers + 5;
            },
            $"from {files} files and {timers} timers to {Files()} and {Timer.ActiveCount}");
        Assert.InRange(GC.GetTotalMemory(forceFullCollection: true) - memory, long.MinValue, 200 * Calls);
    }

    private static Task FailAsync(WireHost host, string how, int calls, ConcurrentDictionary<string, TaskCompletionSource> arrived) =>
        Task.WhenAll(Enumerable.Range(0, Callers).Select(number => Task.Run(() => FailAsync(host, how, calls / Callers, $"/{number}", arrived))));

    private static async Task FailAsync(WireHost host, string how, int calls, string path, ConcurrentDictionary<string, TaskCompletionSource> arrived)
    {
        for (var call = 0; call < calls; call++)
        {
            using var caller = new CancellationTokenSource();
            var seen = arrived[path] = new(TaskCreationOptions.RunContinuationsAsynchronously);
            var answer = host.Http.GetAsync(path, caller.Token);
            if (how == "cancelled")
            {
                await seen.Task.Within();
                await caller.CancelAsync();
            }

            try
            {
                using var response = await answer.Within();
                Assert.Equal(("answered 503", 503), (how, (int)response.StatusCode));
            }
            catch (BackendException e)
            {
                Assert.Equal(how != "refused" ? BackendFailureReason.ConnectionLost : e.Attempts == 0 ? BackendFailureReason.CircuitOpen : BackendFailureReason.Unavailable, e.Reason);
            }
            catch (OperationCanceledException)
            {
                Assert.Equal("cancelled", how);
            }
        }
    }

    private static int Files() => Directory.Exists("/proc/self/fd") ? Directory.GetFileSystemEntries("/proc/self/fd").Length : 0;
}
