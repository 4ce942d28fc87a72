using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Resilience.OutageLab.Backend;
using Resilience.OutageLab.Clients;

namespace Resilience.OutageLab.Caller;

/// <summary>
/// The process of one client, so that memory and processor time are its alone. Standard input brings <c>warm 0</c> once there is a backend, <c>go T</c> and
/// <c>name PORT</c>, and ends it; it says <c>built</c>, <c>ready</c> when warm, and <c>done</c> when the log is written.
/// </summary>
internal static class CallerProgram
{
    private const int WarmUpCalls = 50; // Too few for a circuit to judge by, enough for the code to be compiled.

    public static async Task<int> RunAsync(string json)
    {
        var plan = JsonSerializer.Deserialize<CallerPlan>(json) ?? throw new ArgumentException("No plan.", nameof(json));
        var sent = new Sent();
        var names = new NameTable { Port = plan.NamedPort };
        var services = Enumerable.Range(0, plan.Fleet).Select(_ => Catalog.Build(plan, sent, names)).ToArray();
        var clients = services.Select(provider => provider.GetRequiredService<IHttpClientFactory>().CreateClient(Catalog.Name)).ToArray();
        var load = new Load(plan, clients);
        Console.WriteLine("built");
        while (await Console.In.ReadLineAsync() is { } order)
        {
            var (word, number) = (order[..order.IndexOf(' ', StringComparison.Ordinal)], long.Parse(order.AsSpan(order.IndexOf(' ', StringComparison.Ordinal)), CultureInfo.InvariantCulture));
            if (word == "warm")
                await WarmUpAsync(clients);
            else if (word == "go")
                Start(plan, load, sent, number);
            else if (word == "name")
                names.Port = (int)number;
        }

        return 0; // At once, whatever is still out: nobody is there to hear of it.
    }

    private static async Task WarmUpAsync(HttpClient[] clients)
    {
        for (var i = 0; i < Math.Max(WarmUpCalls, clients.Length); i++)
            await WarmUpAsync(clients[i % clients.Length]);
        GC.Collect();
        Console.WriteLine("ready");
    }

    private static async Task WarmUpAsync(HttpClient client)
    {
        for (var tried = 1; ; tried++)
        {
            try
            {
                (await client.GetAsync(LoadedServer.WarmUpPath)).Dispose();
                return;
            }
            catch (Exception e) when (tried < 10 && e is HttpRequestException or OperationCanceledException)
            {
                // A busy machine lets even a first call of a second be late.
            }
        }
    }

    private static void Start(CallerPlan plan, Load load, Sent sent, long zero) => new Thread(() =>
    {
        sent.Bins.Zero = zero;
        using var me = Process.GetCurrentProcess();
        LabTime.SleepUntil(zero);
        var before = me.TotalProcessorTime;
        var log = load.Run(zero);
        me.Refresh();
        log.CpuSeconds = (me.TotalProcessorTime - before).TotalSeconds;
        log.PeakMemory = PeakMemory();
        (log.Sends, log.Probes) = (sent.Bins.Counts, sent.Probes);
        log.Save(plan.Output);
        Console.WriteLine("done");
    })
    { IsBackground = true, Name = "Issues calls", Priority = ThreadPriority.AboveNormal }.Start();

    private static long PeakMemory()
    {
        const string Field = "VmHWM:";
        var line = File.ReadLines("/proc/self/status").First(line => line.StartsWith(Field, StringComparison.Ordinal));
        return long.Parse(line.AsSpan(Field.Length).Trim().TrimEnd(" kB"), CultureInfo.InvariantCulture) * 1024;
    }
}
