namespace Resilience.Benchmarks;

/// <summary>The floor: what somebody writes by hand who wants little. Three retries and one flag that says the backend is down; with a deadline for each attempt, if wanted.</summary>
internal sealed class LoopHandler(TimeSpan? attemptTimeout, TimeSpan delay) : DelegatingHandler
{
    private const int MaxRetries = 3, FailuresThatOpen = 20;

    private volatile bool _isOpen;
    private int _failures;

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        for (var attempt = 0; ; attempt++)
        {
            if (_isOpen)
                throw new HttpRequestException("The backend is down.");
            try
            {
                var response = attemptTimeout is { } limit
                    ? await AttemptAsync(request, limit, cancellationToken).ConfigureAwait(false)
                    : await base.SendAsync(request, cancellationToken).ConfigureAwait(false);
                if ((int)response.StatusCode < 500)
                {
                    if (_failures > 0)
                        _failures = 0;
                    return response;
                }

                if (attempt == MaxRetries)
                    return response;
                response.Dispose();
            }
            catch (HttpRequestException) when (attempt < MaxRetries)
            {
            }

            _isOpen = Interlocked.Increment(ref _failures) >= FailuresThatOpen;
            await Task.Delay(delay, cancellationToken).ConfigureAwait(false);
        }
    }

    private async Task<HttpResponseMessage> AttemptAsync(HttpRequestMessage request, TimeSpan limit, CancellationToken cancellationToken)
    {
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        deadline.CancelAfter(limit);
        return await base.SendAsync(request, deadline.Token).ConfigureAwait(false);
    }
}
