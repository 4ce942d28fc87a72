using System.Diagnostics;
using Resilience.Client;

namespace Resilience.Benchmarks;

/// <summary>What it costs a call to wait for a backend that is down, and to be let in once it is back.</summary>
internal static class LettingIn
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(1);

    public static async Task RunAsync(Report report, RunOptions options)
    {
        var (rounds, count) = (options.RoundsOr(21), Math.Min(5_000, options.CallsOr(5_000)));
        var (cpu, bytes, last) = (new List<double>(), new List<double>(), new List<double>());
        for (var round = -2; round < rounds; round++)
        {
            var one = await MeasureAsync(count);
            if (round < 0)
                continue;
            cpu.Add(one.CpuMicroseconds);
            bytes.Add(one.Bytes);
            last.Add(one.LastMilliseconds);
        }

        var table = new Table(
            "A call that waits and is let in", $"{rounds} rounds of {count:N0} calls at once, over a stub that refuses and then answers; probing included. The last answer is counted from the backend's return, so the wait for the next probe is in it.",
            ("CPU µs per call", "0.0"), ("bytes per call", "N0"), ("ms to the last answer", "N0"));
        table.Add("**Resilience**", Spread.Of(cpu), Spread.Of(bytes), Spread.Of(last));
        report.Add(table);
    }

    private static async Task<(double CpuMicroseconds, double Bytes, double LastMilliseconds)> MeasureAsync(int count)
    {
        var isDown = true;
        using var client = Contender.OursWith(options => options.Recovery.MaxWaiting = 1_000_000)
            .Connect(() => new Stub(isAsynchronous: true, request => Volatile.Read(ref isDown) ? Stub.Refuse(request) : Stub.Ok(request)));
        var first = client.Http.GetAsync("items"); // The one that finds it down.
        await WaitAsync(client.Backend, 1);

        using var me = Process.GetCurrentProcess();
        GC.Collect();
        var (cpu, allocated) = (me.TotalProcessorTime, GC.GetTotalAllocatedBytes(precise: true));
        var calls = new Task[count];
        for (var call = 0; call < count; call++)
            calls[call] = AnswerAsync(client.Http);
        await WaitAsync(client.Backend, count + 1);
        var back = Stopwatch.GetTimestamp();
        Volatile.Write(ref isDown, false);
        await Task.WhenAll(calls);
        var passed = Stopwatch.GetElapsedTime(back);
        me.Refresh();
        using var response = await first;
        return ((me.TotalProcessorTime - cpu).TotalMicroseconds / count, (double)(GC.GetTotalAllocatedBytes(precise: true) - allocated) / count, passed.TotalMilliseconds);
    }

    private static async Task AnswerAsync(HttpClient http)
    {
        using var response = await http.GetAsync("items");
        response.EnsureSuccessStatusCode();
    }

    private static async Task WaitAsync(IBackend backend, int waiting)
    {
        using var limit = new CancellationTokenSource(Limit);
        while (backend.WaitingCalls < waiting)
            await Task.Delay(1, limit.Token);
    }
}
