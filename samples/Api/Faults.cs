using System.ComponentModel.DataAnnotations;

namespace Api;

/// <summary>
/// Trouble on demand, for the demo only: what a backend does on a bad day. Everything but <c>/faults</c> and <c>/metrics</c> is
/// struck, the health endpoint too, until the time given is over or all is cleared; a starved thread pool stays so.
/// </summary>
public sealed class Faults
{
    private volatile Fault? _status, _latency, _cut;

    private sealed record Fault(double Seconds, int Amount = 0, int? RetryAfter = null)
    {
        private readonly long _until = Environment.TickCount64 + (long)(Seconds * 1000);

        public bool IsActive => Environment.TickCount64 < _until;
    }

    public void AddTo(WebApplication app)
    {
        app.UseWhen(context => !context.Request.Path.StartsWithSegments("/faults") && !context.Request.Path.StartsWithSegments("/metrics"),
            everythingElse => everythingElse.Use(next => context => Strike(context, next)));

        var faults = app.MapGroup("/faults").ServeWhileStarting();
        faults.MapPost("/status", ([Range(400, 599)] int code, [Range(0, 600)] double seconds, [Range(0, 600)] int? retryAfter) =>
            { _status = new(seconds, code, retryAfter); });
        faults.MapPost("/latency", ([Range(0, 60_000)] int ms, [Range(0, 600)] double seconds) =>
            { _latency = new(seconds, ms); });
        faults.MapPost("/cut", ([Range(0, 600)] double seconds) =>
            { _cut = new(seconds); });
        faults.MapPost("/starve", Starve);
        faults.MapDelete("/", () => { _status = _latency = _cut = null; });
    }

    // For good: the thread pool adds one or two threads a second, and each gets stuck like those before it.
    private static void Starve()
    {
        for (var i = 0; i < 1_000; i++) ThreadPool.QueueUserWorkItem(_ => Thread.Sleep(Timeout.Infinite));
    }

    private async Task Strike(HttpContext context, RequestDelegate next)
    {
        if (_latency is { IsActive: true } latency) await Task.Delay(latency.Amount, context.RequestAborted);

        if (_status is { IsActive: true } status)
        {
            if (status.RetryAfter is { } seconds) context.Response.Headers.RetryAfter = $"{seconds}";
            await Results.Problem("A fault of the demo.", statusCode: status.Amount).ExecuteAsync(context);
        }
        else if (_cut is { IsActive: true })
        {
            await CutShort(context, next);
        }
        else
        {
            await next(context);
        }
    }

    /// <summary>Does the work, promises the whole answer, sends half of it and drops the connection.</summary>
    private static async Task CutShort(HttpContext context, RequestDelegate next)
    {
        var wire = context.Response.Body;
        using var answer = new MemoryStream();
        context.Response.Body = answer;
        await next(context);
        context.Response.Body = wire;

        context.Response.ContentLength = answer.Length;
        await wire.WriteAsync(answer.GetBuffer().AsMemory(0, (int)answer.Length / 2));
        await wire.FlushAsync();
        await Task.Delay(20); // an abort overtakes what is still on its way to the socket
        context.Abort();
    }
}
