namespace Resilience.OutageLab.Backend;

/// <summary>How the backend behaves until it is told otherwise. Times in milliseconds unless their name says seconds.</summary>
internal sealed record Behaviour
{
    /// <summary>How many requests are served at once; 0 for any number.</summary>
    public int Workers { get; init; }

    /// <summary>How long one is served.</summary>
    public double Service { get; init; } = 10;

    /// <summary>More waiting than this are shed with 503; 0 for no bound.</summary>
    public int QueueLimit { get; init; }

    /// <summary>This share fails with 503: after its service, or at once when it is all of them.</summary>
    public double FailShare { get; init; }

    /// <summary>Sent with each 503; 0 for none.</summary>
    public int RetryAfterSeconds { get; init; }

    /// <summary>Whether the health path says 503.</summary>
    public bool NotReady { get; init; }

    /// <summary>This share of bodies ends in the middle, and the connection with it.</summary>
    public double CutShare { get; init; }

    /// <summary>Above 0, the service time goes in a straight line to this one.</summary>
    public double RampTo { get; init; }

    public double RampSeconds { get; init; }

    /// <summary>Above 0, a hidden state turns over this often, beginning with failure: all calls fail, or none.</summary>
    public double Flip { get; init; }

    /// <summary>Above 0, for this long service takes <see cref="ColdFactor"/> times as long, by that many more workers: latency moves, capacity does not.</summary>
    public double ColdSeconds { get; init; }

    public double ColdFactor { get; init; } = 10;

    /// <summary>Requests per second, or 0 for any number.</summary>
    public double Capacity => Workers * 1000 / Service;

    public int WorkersAt(long age) => Workers == 0 ? int.MaxValue : IsCold(age) ? (int)(Workers * ColdFactor) : Workers;

    public long ServiceAt(long age)
    {
        var service = Service;
        if (RampTo > 0)
            service += (RampTo - Service) * Math.Min(1, LabTime.Seconds(age) / RampSeconds);
        return (long)((IsCold(age) ? service * ColdFactor : service) * LabTime.Millisecond);
    }

    public bool FailsAll(long age) => FailShare >= 1 || Flip > 0 && (long)(age / (Flip * LabTime.Millisecond)) % 2 == 0;

    private bool IsCold(long age) => age < ColdSeconds * LabTime.Second;
}
