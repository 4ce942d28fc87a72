using System.Diagnostics;

namespace Demo;

/// <summary>A way for the Api to be away.</summary>
/// <param name="Name">In the report.</param>
/// <param name="What">What is done to it.</param>
/// <param name="Begin">Takes it away; done when it is.</param>
/// <param name="End">Brings it back 3 s later, or begins to.</param>
internal sealed record Fault(string Name, string What, Func<Task> Begin, Action End);

/// <summary>When it was. A call belongs to it if it was scheduled from <paramref name="Begin"/> to <paramref name="End"/>, the calm after it included.</summary>
/// <param name="Name">The fault's.</param>
/// <param name="Begin">When it was ordered.</param>
/// <param name="Back">The observer had its first good answer.</param>
/// <param name="End">The calm after it was over.</param>
internal sealed record Outage(string Name, TimeSpan Begin, TimeSpan Back, TimeSpan End);

/// <summary>What happens to the Api, one fault after the other.</summary>
internal sealed class Script(Stopwatch clock, SampleProcess api, Visitor visitor, Action<string> say, CancellationToken interrupted)
{
    /// <summary>Where the Api says whether it is ready.</summary>
    public const string HealthPath = "/api/health/ready";

    private static readonly TimeSpan CalmBefore = TimeSpan.FromSeconds(3), Away = TimeSpan.FromSeconds(3), CalmAfter = TimeSpan.FromSeconds(4);
    private static readonly TimeSpan UntilInForce = TimeSpan.FromMilliseconds(100);

    private readonly List<Outage> _outages = [];

    public IReadOnlyList<Outage> Outages => _outages;

    /// <summary>What a visitor saw who came while the Api was killed.</summary>
    public string Visit { get; private set; } = "";

    public async Task PlayAsync()
    {
        using var http = new HttpClient { BaseAddress = api.Address };

        var visit = Task.FromResult("");
        await PlayAsync(new("killed", "SIGKILL, started again after 3 s", Kill, api.Start));
        Visit = await visit;
        await PlayAsync(new("answers 503", "for 3 s", Answer503, () => { }));
        if (!OperatingSystem.IsWindows()) // It has no such signal.
            await PlayAsync(new("frozen", "SIGSTOP, SIGCONT after 3 s", Freeze, api.Thaw));
        say("Over: waiting for the last answers");

        Task Kill()
        {
            api.Kill();
            visit = visitor.OpenPageAsync(interrupted);
            return Task.CompletedTask;
        }

        async Task Answer503()
        {
            using var answer = await http.PostAsync(FormattableString.Invariant($"faults/status?code=503&seconds={Away.TotalSeconds}"), null, interrupted);
            if (!answer.IsSuccessStatusCode)
                throw new DemoException($"The Api did not take the fault: {(int)answer.StatusCode}.");
        }

        Task Freeze()
        {
            api.Freeze();
            return Task.CompletedTask;
        }
    }

    private async Task PlayAsync(Fault fault)
    {
        say("Calm");
        await Task.Delay(CalmBefore, interrupted);

        var begin = clock.Elapsed;
        var away = Task.Delay(Away, interrupted);
        await fault.Begin();
        say($"Api {fault.Name}: {fault.What}");
        await Task.Delay(UntilInForce, interrupted);
        using var observer = new Observer(clock);
        var answer = observer.FirstSuccessAsync(api.Ready, interrupted);
        await away;
        fault.End();
        var back = await api.AwaitAsync(answer, interrupted);
        say($"Api back after {(back - begin).TotalSeconds:0.00} s");
        await Task.Delay(CalmAfter, interrupted);
        _outages.Add(new(fault.Name, begin, back, clock.Elapsed));
    }
}
