using System.Net;
using Microsoft.Extensions.DependencyInjection;

namespace Resilience.OutageLab.Clients;

/// <summary>What teams write by hand: a few retries after given delays, a limit on each attempt, no circuit, no budget.</summary>
internal sealed class Retries(TimeSpan attempt, double[] delays, bool jitter) : DelegatingHandler
{
    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        for (var tried = 0; ; tried++)
        {
            try
            {
                var response = await AttemptAsync(request, cancellationToken);
                if (tried == delays.Length || !IsTransient(response.StatusCode))
                    return response;
                response.Dispose();
            }
            catch (Exception e) when (tried < delays.Length && e is HttpRequestException or TimeoutException)
            {
                // Told by what the last attempt meets with.
            }

            await Task.Delay(TimeSpan.FromSeconds(delays[tried] * (jitter ? Random.Shared.NextDouble() : 1)), cancellationToken);
        }
    }

    private async Task<HttpResponseMessage> AttemptAsync(HttpRequestMessage request, CancellationToken caller)
    {
        using var limited = CancellationTokenSource.CreateLinkedTokenSource(caller);
        limited.CancelAfter(attempt);
        try
        {
            return await base.SendAsync(request, limited.Token);
        }
        catch (OperationCanceledException) when (!caller.IsCancellationRequested)
        {
            throw new TimeoutException();
        }
    }

    private static bool IsTransient(HttpStatusCode status) => (int)status >= 500 || status is HttpStatusCode.RequestTimeout or HttpStatusCode.TooManyRequests;
}

internal static class RetriesExtensions
{
    public static IHttpClientBuilder AddRetries(this IHttpClientBuilder builder, TimeSpan attempt, double[] delays, bool jitter) =>
        builder.AddHttpMessageHandler(() => new Retries(attempt, delays, jitter));
}
