using System.Globalization;
using System.Text;

namespace Resilience.Hosting;

/// <summary>
/// Decides what to tell systemd, a datagram at a time; what could not be sent is decided anew. Assignments are those of sd_notify(3). Dependencies never decide about the watchdog: liveness does, and that
/// the thread pool runs what is queued after a ping is due. So the last ping is never later than the beginning of the trouble.
/// </summary>
/// <param name="options">What to tell.</param>
/// <param name="watchdog">The unit's watchdog period; null if it has none.</param>
internal sealed class NotifyPlan(SystemdNotifyOptions options, TimeSpan? watchdog)
{
    private static readonly TimeSpan Grant = TimeSpan.FromSeconds(20), Impatient = TimeSpan.FromMilliseconds(50), Patient = TimeSpan.FromSeconds(1);

    private readonly TimeSpan? _watchdog = options.Watchdog ? watchdog : null;
    private State _state = new();
    private State _next = new();

    /// <summary>For how long nothing needs to be looked at, unless the host starts or stops, or the pool has proven that it runs.</summary>
    public TimeSpan Rest
    {
        get
        {
            if (!_state.IsReady && !_state.IsStopping)
                return Impatient;
            var part = _watchdog / 8 ?? Patient;
            return part > Patient ? Patient : part < Impatient ? Impatient : part;
        }
    }

    /// <summary>When the last ping was taken; null before the first. Any thread may read it.</summary>
    public TimeSpan? PingedAt => _state.PingedAt;

    /// <summary>Whether a ping is due, for which the thread pool has to prove itself.</summary>
    public bool WantsProof(TimeSpan now) => _watchdog is not null && _state.IsReady && now >= _state.PingDue;

    /// <summary>What to send now; null if there is nothing to say.</summary>
    public string? Next(NotifyFacts facts)
    {
        var (now, text) = (facts.Elapsed, new StringBuilder());
        var state = _state with { DeadSince = DeadSince(facts), LookedAt = now };
        if (facts.IsStopping)
        {
            if (!state.IsStopping)
                Add("STOPPING=1");
            state = state with { IsStopping = true };
        }
        else if (!state.IsReady && facts.HasStarted)
        {
            Add("READY=1");
            state = state with { IsReady = true, PingDue = now }; // From now on systemd counts.
        }

        if (options.ExtendStart && !state.IsReady && !facts.IsStopping && facts.Snapshot.IsLive && Extends(facts.Gate, state, now))
        {
            Add(string.Create(CultureInfo.InvariantCulture, $"EXTEND_TIMEOUT_USEC={(long)Grant.TotalMicroseconds}"));
            state = state with { ExtendedAt = now, HasExtendedRest = facts.Gate?.Verdict == GateVerdict.Open };
        }

        if (_watchdog is { } period && state.IsReady)
        {
            if (facts.Snapshot.IsLive && now >= state.PingDue && facts.ProvenAt >= state.PingDue)
            {
                Add("WATCHDOG=1");
                state = state with { PingedAt = now, PingDue = now + period / 2 };
            }
            else if (!facts.IsStopping && !state.HasTriggered && now - state.DeadSince >= period / 4)
            {
                Add("WATCHDOG=trigger");
                state = state with { HasTriggered = true };
            }
        }

        var status = StatusText.Of(facts);
        if (status != state.Status)
            Add("STATUS=" + status);
        _next = state with { Status = status };
        if (text.Length > 0)
            return text.ToString();
        Sent();
        return null;

        void Add(string assignment) => text.Append(text.Length == 0 ? "" : "\n").Append(assignment);
    }

    /// <summary>The last datagram has been taken.</summary>
    /// <returns>Whether there was a ping in it.</returns>
    public bool Sent()
    {
        var lastPing = _state.PingedAt;
        _state = _next;
        return _state.PingedAt != lastPing;
    }

    /// <summary>It could not be sent. What was seen counts all the same.</summary>
    public void Failed() => _state = _state with { DeadSince = _next.DeadSince, LookedAt = _next.LookedAt };

    /// <summary>The configuration has been reloaded: ready again.</summary>
    public void Reloaded() => _state = _state with { IsReady = false, Status = null };

    // While it waits; and once more when it has opened, for what is left of the start.
    private static bool Extends(GateView? gate, State state, TimeSpan now) => gate?.Verdict switch
    {
        GateVerdict.Waiting => state.ExtendedAt is not { } last || now - last >= Grant / 2,
        GateVerdict.Open => state.ExtendedAt is not null && !state.HasExtendedRest,
        _ => false,
    };

    /// <summary>Since when it has been dead at every look. A process that was itself halted, with its machine say, has not looked, and gets the time to come round.</summary>
    private TimeSpan? DeadSince(NotifyFacts facts) => facts.Snapshot.IsLive ? null
        : _state.DeadSince is { } since && facts.Elapsed - _state.LookedAt <= 3 * Patient ? since
        : facts.Elapsed;

    private sealed record State
    {
        public bool IsReady { get; init; }
        public bool IsStopping { get; init; }
        public bool HasTriggered { get; init; }
        public bool HasExtendedRest { get; init; } // For what comes after the gate.
        public TimeSpan? ExtendedAt { get; init; }
        public TimeSpan? PingedAt { get; init; }
        public TimeSpan PingDue { get; init; }
        public TimeSpan? DeadSince { get; init; }
        public TimeSpan LookedAt { get; init; }
        public string? Status { get; init; }
    }
}
