namespace Resilience.Samples.Tests.Prometheus;

/// <summary>20 requests a second, whatever becomes of them, until this is disposed.</summary>
internal sealed class Visits : IAsyncDisposable
{
    private readonly HttpClient _client = new(new SocketsHttpHandler { UseProxy = false, AllowAutoRedirect = false });
    private readonly PeriodicTimer _timer = new(TimeSpan.FromMilliseconds(50));
    private readonly Task _running;

    public Visits(params string[] urls) => _running = RunAsync([.. urls.Select(url => new Uri(url))]);

    public async ValueTask DisposeAsync()
    {
        _timer.Dispose();
        await _running;
        _client.Dispose();
    }

    private async Task RunAsync(Uri[] urls)
    {
        var visits = new List<Task>();
        while (await _timer.WaitForNextTickAsync())
            visits.AddRange(urls.Select(VisitAsync));
        _client.CancelPendingRequests();
        await Task.WhenAll(visits);
    }

    private async Task VisitAsync(Uri url)
    {
        try
        {
            using var response = await _client.GetAsync(url);
        }
        catch (Exception e) when (e is HttpRequestException or OperationCanceledException)
        {
            // Prometheus counts.
        }
    }
}
