using System.Diagnostics;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Microsoft.Net.Http.Headers;

namespace Resilience.Metrics.Prometheus;

/// <summary>Answers scrapes.</summary>
internal sealed partial class MetricsHandler(Scraper scraper, int? managementPort, ILogger log)
{
    public async Task HandleAsync(HttpContext context)
    {
        var (request, response) = (context.Request, context.Response);
        response.Headers.CacheControl = "no-store";
        Hide(Activity.Current);
        if (managementPort is { } port && context.Connection.LocalPort != port)
        {
            response.StatusCode = StatusCodes.Status404NotFound;
            return;
        }

        var isHead = HttpMethods.IsHead(request.Method);
        if (!isHead && !HttpMethods.IsGet(request.Method))
        {
            response.StatusCode = StatusCodes.Status405MethodNotAllowed;
            response.Headers.Allow = "GET, HEAD";
            return;
        }

        var format = Negotiation.Choose(request.Headers);
        response.Headers.Vary = $"{HeaderNames.Accept}, {HeaderNames.AcceptEncoding}";
        response.ContentType = format.ContentType();
        if (format.IsGzipped())
            response.Headers.ContentEncoding = "gzip";
        if (!isHead)
            await AnswerAsync(response, format, context.RequestAborted).ConfigureAwait(false);
    }

    // A scrape every few seconds is no request that anybody would look for among traces.
    private static void Hide(Activity? activity)
    {
        if (activity is null)
            return;
        activity.IsAllDataRequested = false;
        activity.ActivityTraceFlags &= ~ActivityTraceFlags.Recorded;
    }

    private async Task AnswerAsync(HttpResponse response, Format format, CancellationToken gone)
    {
        var round = scraper.Join(format);
        try
        {
            await round.Done.WaitAsync(gone).ConfigureAwait(false);
            var body = round.Body(format);
            response.ContentLength = body.Length;
            await response.Body.WriteAsync(body, gone).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (gone.IsCancellationRequested)
        {
            // The scraper did not wait.
        }
        catch (Exception e) when (!response.HasStarted)
        {
            CannotCollect(e);
            response.Headers.Remove(HeaderNames.ContentEncoding);
            response.ContentLength = 0;
            response.StatusCode = StatusCodes.Status503ServiceUnavailable;
        }
        finally
        {
            round.Leave();
        }
    }

    [LoggerMessage(1, LogLevel.Error, "A scrape failed: no metrics could be collected.", EventName = "CannotCollect")]
    private partial void CannotCollect(Exception e);
}
