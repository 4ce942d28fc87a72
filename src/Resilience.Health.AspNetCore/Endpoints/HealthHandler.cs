using System.Diagnostics;
using Microsoft.AspNetCore.Antiforgery;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Cors.Infrastructure;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.OutputCaching;
using Microsoft.AspNetCore.Routing;

namespace Resilience.Health.AspNetCore;

/// <summary>Answers a request to one of our paths. The order in which it looks at one is all in here.</summary>
internal sealed class HealthHandler(IHealthEvaluator evaluator, Admission admission, Answers answers, HealthEndpointOptions options)
{
    /// <summary>Answered as soon as routing has found it: nothing that comes later in the pipeline has a say.</summary>
    public void Map(IEndpointRouteBuilder endpoints, HealthPath path, HealthSite site)
    {
        var endpoint = endpoints.Map(path.Path, context => HandleAsync(context, path))
            .ShortCircuit().AllowAnonymous().ExcludeFromDescription()
            .WithDisplayName($"health {path.Path}").WithMetadata(new HealthEndpointMetadata(site, path));
        endpoint.Finally(Strip);
        if (options.Quiet)
            endpoint.DisableHttpMetrics();
    }

    /// <param name="context">The request.</param>
    /// <param name="path">What it asks.</param>
    /// <param name="mayShowMore">Whether details are added to what anybody may see, for those that may see them.</param>
    public Task HandleAsync(HttpContext context, HealthPath path, bool mayShowMore = true)
    {
        if (options.Quiet)
            Silence(context);
        else if (context.GetEndpoint() is null)
            context.Features.Get<IHttpMetricsTagsFeature>()?.Tags.Add(new("http.route", path.Path)); // As routing would have had it.
        if (context.Features.Get<IOutputCacheFeature>() is { } cache)
            cache.Context.AllowCacheStorage = false; // It goes by its own rules and not by no-store: what a key opened would be shown to all.
        if (admission.HasManagement && (path.IsForTrusted ? options.DeepPolicy is null && options.ApiKey is null : !options.AlsoOnMainPort) && !admission.IsManagement(context))
            return End(context, StatusCodes.Status404NotFound);
        if (!HttpMethods.IsGet(context.Request.Method) && !HttpMethods.IsHead(context.Request.Method))
        {
            context.Response.Headers.Allow = "GET, HEAD";
            return End(context, StatusCodes.Status405MethodNotAllowed);
        }

        if (path.IsForTrusted)
            return TrustedAsync(context, path);
        if (path.Question == HealthQuestion.Summary && mayShowMore)
            return SummaryAsync(context, path);
        if (path.Question is HealthQuestion.Live or HealthQuestion.Startup)
            return SendAsync(context, path, Newest(path), Exposure.StatusOnly);
        var reading = evaluator.ReadAsync(context.RequestAborted);
        return reading.IsCompletedSuccessfully ? SendAsync(context, path, reading.Result, Exposure.StatusOnly) : Slowly(reading);

        async Task Slowly(ValueTask<HealthSnapshot> reading) => await SendAsync(context, path, await reading.ConfigureAwait(false), Exposure.StatusOnly).ConfigureAwait(false);
    }

    /// <summary>What a group adds for its endpoints, and routing refuses to cut short: middleware that we do not wait for would have to see to it.</summary>
    private static void Strip(EndpointBuilder endpoint)
    {
        foreach (var foreign in endpoint.Metadata.Where(one => one is ICorsMetadata or IAntiforgeryMetadata).ToList())
            endpoint.Metadata.Remove(foreign);
    }

    private Task SummaryAsync(HttpContext context, HealthPath path)
    {
        var reading = evaluator.ReadAsync(context.RequestAborted);
        var seeing = admission.MaySeeMoreAsync(context);
        return reading.IsCompletedSuccessfully && seeing.IsCompletedSuccessfully
            ? SendAsync(context, path, reading.Result, answers.ExposureOf(seeing.Result))
            : Slowly(reading, seeing);

        async Task Slowly(ValueTask<HealthSnapshot> reading, ValueTask<bool> seeing) =>
            await SendAsync(context, path, await reading.ConfigureAwait(false), answers.ExposureOf(await seeing.ConfigureAwait(false))).ConfigureAwait(false);
    }

    /// <summary>
    /// These two never wait for checks. On demand, startup has them run: nobody asks for readiness before it says yes.
    /// </summary>
    private HealthSnapshot Newest(HealthPath path)
    {
        if (path.Question == HealthQuestion.Startup)
            _ = RunAsync();
        return evaluator.Current;

        async Task RunAsync() => await evaluator.ReadAsync(CancellationToken.None).ConfigureAwait(false);
    }

    private async Task TrustedAsync(HttpContext context, HealthPath path)
    {
        switch (await admission.AdmitAsync(context).ConfigureAwait(false))
        {
            case Verdict.Admitted:
                var query = HealthQuery.Of(context.Request.QueryString);
                var snapshot = query.Fresh
                    ? await evaluator.RefreshAsync(context.RequestAborted).ConfigureAwait(false)
                    : await evaluator.ReadAsync(context.RequestAborted).ConfigureAwait(false);
                await SendAsync(context, path, snapshot, answers.ExposureOf(trusted: true), query.Format).ConfigureAwait(false);
                break;
            case Verdict.NotFound:
                await End(context, StatusCodes.Status404NotFound).ConfigureAwait(false);
                break;
            case Verdict.KeyWanted:
                context.Response.Headers.WWWAuthenticate = "Bearer";
                await End(context, StatusCodes.Status401Unauthorized).ConfigureAwait(false);
                break;
        }
    }

    private Task SendAsync(HttpContext context, HealthPath path, HealthSnapshot snapshot, Exposure exposure, BodyFormat? wanted = null)
    {
        var answer = answers.To(path, snapshot, exposure, wanted ?? answers.FormatFor(path, context.Request.Headers.Accept));
        var response = context.Response;
        response.StatusCode = answer.Status;
        response.Headers.CacheControl = "no-store";
        response.ContentType = answer.ContentType;
        response.ContentLength = answer.Body.Length;
        if (path.Question == HealthQuestion.StatusPage)
            StatusPageHeaders(response.Headers);
        return HttpMethods.IsHead(context.Request.Method) ? Task.CompletedTask : WriteAsync(response, answer.Body);
    }

    // No token: a caller that has gone is no fault.
    private static Task WriteAsync(HttpResponse response, byte[] body)
    {
        var writing = response.BodyWriter.WriteAsync(body, CancellationToken.None);
        return writing.IsCompletedSuccessfully ? Task.CompletedTask : writing.AsTask();
    }

    private static void StatusPageHeaders(IHeaderDictionary headers)
    {
        headers.ContentSecurityPolicy = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'";
        headers.XContentTypeOptions = "nosniff";
        headers["Referrer-Policy"] = "no-referrer";
    }

    private static Task End(HttpContext context, int status)
    {
        context.Response.StatusCode = status;
        context.Response.Headers.CacheControl = "no-store";
        context.Response.ContentLength = 0;
        return Task.CompletedTask;
    }

    /// <summary>No metric, and a trace that nobody records. Access logs have no chance: their middleware is never reached.</summary>
    private static void Silence(HttpContext context)
    {
        if (context.Features.Get<IHttpMetricsTagsFeature>() is { } metrics)
            metrics.MetricsDisabled = true;
        if (Activity.Current is { } activity)
        {
            activity.IsAllDataRequested = false;
            activity.ActivityTraceFlags &= ~ActivityTraceFlags.Recorded;
        }
    }
}
