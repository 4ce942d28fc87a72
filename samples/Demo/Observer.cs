using System.Diagnostics;

namespace Demo;

/// <summary>Sees when a process answers again, by a connection of its own and every 5 ms: the moment that clients are measured from.</summary>
internal sealed class Observer(Stopwatch clock) : IDisposable
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(5);
    private readonly HttpClient _http = new() { Timeout = Timeout.InfiniteTimeSpan };

    public async Task<TimeSpan> FirstSuccessAsync(Uri uri, CancellationToken cancellationToken)
    {
        while (true)
        {
            try
            {
                using var response = await _http.GetAsync(uri, cancellationToken);
                if (response.IsSuccessStatusCode)
                    return clock.Elapsed;
            }
            catch (HttpRequestException)
            {
                // Not yet.
            }

            await Task.Delay(Interval, cancellationToken);
        }
    }

    public void Dispose() => _http.Dispose();
}
