using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Resilience.OutageLab.Backend;

/// <summary>The server under load: one JSON answer, and a health path that is always answered at once.</summary>
internal sealed class LoadedServer(Behaviour first)
{
    public const string WorkPath = "/work", WarmUpPath = "/warm-up", ReadyPath = "/health/ready";
    public static readonly byte[] Body = [.. "{\"items\":\""u8, .. Enumerable.Repeat((byte)'x', 1000), .. "\"}"u8];

    private const int CutAfter = 20; // Milliseconds.

    private readonly ServiceDesk _desk = new(first);
    private Behaviour _behaviour = first;
    private long _since = LabTime.Now;
    private int _served, _wasted, _shed, _probes;

    public Bins Arrivals { get; } = new();

    public string Counters => $"{_served} {_wasted} {_shed} {_probes}";

    public void Behave(Behaviour behaviour)
    {
        (_behaviour, _since) = (behaviour, LabTime.Now);
        _desk.Behave(behaviour);
    }

    public void ResetCounters() => _served = _wasted = _shed = _probes = 0;

    public async Task<WebApplication> ListenAsync(int port)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls($"http://127.0.0.1:{port}");
        var app = builder.Build();
        app.Run(AnswerAsync);
        await app.StartAsync();
        return app;
    }

    private async Task AnswerAsync(HttpContext context)
    {
        var now = LabTime.Now;
        var behaviour = _behaviour;
        if (context.Request.Path == ReadyPath)
        {
            Interlocked.Increment(ref _probes);
            context.Response.StatusCode = behaviour.NotReady ? 503 : 200;
            return;
        }

        Arrivals.Count(now);
        if (behaviour.FailsAll(now - _since) && context.Request.Path != WarmUpPath)
        {
            Refuse(context.Response, behaviour);
            return;
        }

        if (_desk.Enter(now) is not { } served)
        {
            Interlocked.Increment(ref _shed);
            Refuse(context.Response, behaviour);
            return;
        }

        await served;
        if (context.RequestAborted.IsCancellationRequested)
        {
            Interlocked.Increment(ref _wasted);
            return;
        }

        Interlocked.Increment(ref _served);
        if (behaviour.FailShare > 0 && context.Request.Path != WarmUpPath && Random.Shared.NextDouble() < behaviour.FailShare)
            Refuse(context.Response, behaviour);
        else
            await AnswerAsync(context, isCut: behaviour.CutShare > 0 && Random.Shared.NextDouble() < behaviour.CutShare);
    }

    private static async Task AnswerAsync(HttpContext context, bool isCut)
    {
        context.Response.ContentType = "application/json";
        context.Response.ContentLength = Body.Length;
        if (!isCut)
        {
            await context.Response.Body.WriteAsync(Body);
            return;
        }

        await context.Response.Body.WriteAsync(Body.AsMemory(0, Body.Length / 2));
        await context.Response.Body.FlushAsync();
        await Task.Delay(CutAfter); // A reset at once would overtake what was sent, and meet the caller before the headers do.
        context.Abort();
    }

    private static void Refuse(HttpResponse response, Behaviour behaviour)
    {
        response.StatusCode = 503;
        if (behaviour.RetryAfterSeconds > 0)
            response.Headers.RetryAfter = behaviour.RetryAfterSeconds.ToString(System.Globalization.CultureInfo.InvariantCulture);
    }
}
