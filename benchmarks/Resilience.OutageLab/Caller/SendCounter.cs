using Resilience.OutageLab.Backend;

namespace Resilience.OutageLab.Caller;

/// <summary>The innermost handler of every client: counts what is sent, to a refused port too, which no backend could count.</summary>
internal sealed class SendCounter(Sent sent) : DelegatingHandler
{
    protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        sent.Count(isProbe: request.RequestUri?.AbsolutePath == LoadedServer.ReadyPath);
        return base.SendAsync(request, cancellationToken);
    }
}

internal sealed class Sent
{
    private int _probes;

    public Bins Bins { get; } = new();

    public int Probes => _probes;

    public void Count(bool isProbe)
    {
        var now = LabTime.Now;
        Bins.Count(now);
        if (isProbe && now >= Bins.Zero)
            Interlocked.Increment(ref _probes);
    }
}
