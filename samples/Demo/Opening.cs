using System.Diagnostics;

namespace Demo;

/// <summary>Web is started before the Api that it needs. Nobody waits for anything but Web itself: its startup gate.</summary>
internal sealed class Opening(SampleProcess web, SampleProcess api, Visitor visitor, Action<TimeSpan, string> print, CancellationToken interrupted)
{
    private static readonly TimeSpan Head = TimeSpan.FromSeconds(3);

    private readonly Stopwatch _clock = new();

    /// <summary>In one sentence, afterwards.</summary>
    public string Summary { get; private set; } = "";

    public async Task PlayAsync()
    {
        _clock.Start();
        print(_clock.Elapsed, $"Web started at {web.Address}, and waits for the Api");
        web.Start();
        var head = Task.Delay(Head, interrupted);
        await SeenAsync(web, new(web.Address, "health/live"));
        var seen = await visitor.LookAsync(interrupted);
        print(_clock.Elapsed, $"A visitor of Web sees {seen}");

        await head;
        print(_clock.Elapsed, $"Api started at {api.Address}");
        api.Start();
        var (apiReady, webReady) = (SeenAsync(api, api.Ready), SeenAsync(web, web.Ready));
        await apiReady;
        print(await apiReady, "Api is ready");
        await webReady;
        var lag = await webReady - await apiReady;
        var after = lag > TimeSpan.Zero ? $"{lag.TotalMilliseconds:0} ms later" : "in the same moment"; // Its own probe may be quicker than our observer.
        print(await webReady, $"Web is ready, {after}; a visitor sees {await visitor.LookAsync(interrupted)}");
        Summary = $"Web was started {Head.TotalSeconds} s before the Api, and a visitor saw {seen}; once the Api was ready, so was Web, {after}.";
    }

    /// <summary>When it is first seen to succeed.</summary>
    private async Task<TimeSpan> SeenAsync(SampleProcess process, Uri uri)
    {
        using var observer = new Observer(_clock);
        return await process.AwaitAsync(observer.FirstSuccessAsync(uri, interrupted), interrupted);
    }
}
