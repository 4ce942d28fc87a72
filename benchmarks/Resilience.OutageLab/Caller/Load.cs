using System.Net;
using Resilience.Client;
using Resilience.OutageLab.Backend;

namespace Resilience.OutageLab.Caller;

/// <summary>
/// An open loop: each call is issued when its time has come, whatever became of those before, and its latency counts from that time to the end of
/// reading the body. Arrivals come at a constant rate, each at a random place within its own slot.
/// </summary>
internal sealed class Load(CallerPlan plan, HttpClient[] clients) : IDisposable
{
    private readonly CallLog _log = new((int)(plan.Rate * plan.Seconds) + 1);
    private readonly CountdownEvent _out = new(1);
    private readonly bool _readsBodyInside = plan.Client == Clients.Catalog.OursBody;
    private long _zero;

    public CallLog Run(long zero)
    {
        _zero = zero;
        var random = new Random(plan.Seed);
        for (var i = 0; i < _log.Issued.Length - 1; i++)
        {
            var due = LabTime.Of((i + random.NextDouble()) / plan.Rate);
            var client = clients[clients.Length == 1 ? 0 : random.Next(clients.Length)];
            _log.Issued[i] = due;
            LabTime.SleepUntil(zero + due);
            _log.LatestIssue = Math.Max(_log.LatestIssue, LabTime.Now - zero - due);
            _out.AddCount();
            _log.Count = i + 1;
            ThreadPool.UnsafeQueueUserWorkItem(static call => _ = call.Me.CallAsync(call.Index, call.Client), (Me: this, Index: i, Client: client), preferLocal: false);
        }

        _out.Signal();
        _out.Wait(TimeSpan.FromSeconds(CallerPlan.Patience));
        return _log;
    }

    public void Dispose() => _out.Dispose();

    private async Task CallAsync(int index, HttpClient client)
    {
        var (succeeded, failure) = (false, "");
        try
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, LoadedServer.WorkPath);
            if (_readsBodyInside)
                request.Options.Set(CallOptions.ReadBody, true);
            using var response = await client.SendAsync(request).ConfigureAwait(false);
            var body = await response.Content.ReadAsByteArrayAsync().ConfigureAwait(false);
            succeeded = response.IsSuccessStatusCode && body.Length == LoadedServer.Body.Length;
            if (!succeeded)
                failure = response.StatusCode == HttpStatusCode.OK ? "body cut" : $"status {(int)response.StatusCode}";
        }
        catch (Exception e) // Whatever a client throws is a failed call.
        {
            failure = e is BackendException ours ? $"{nameof(BackendException)} {ours.Reason}" : e is HttpRequestException http ? $"{nameof(HttpRequestException)} {http.HttpRequestError}" : e.GetType().Name;
        }

        _log.Succeeded[index] = succeeded;
        Volatile.Write(ref _log.Ended[index], LabTime.Now - _zero);
        if (!succeeded)
            _log.Failures.AddOrUpdate(failure, 1, static (_, count) => count + 1);
        _out.Signal();
    }
}
