using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;

namespace Resilience.Client;

/// <summary>
/// A stretch of time in which a backend's state does not change. Every attempt remembers the one it began in, and what comes of
/// it counts in that one only: a success from before an outage cannot end it.
/// </summary>
[SuppressMessage("Design", "CA1001", Justification = "A source without timer or wait handle holds nothing to dispose of; calls may ask for its token at any time.")]
internal sealed class Epoch(EpochState state, TimeSpan since, string cause = "", bool byCircuit = false)
{
    private readonly CancellationTokenSource _ended = new();

    public EpochState State { get; } = state;

    public bool IsUp { get; } = state == EpochState.Up;

    /// <summary>Down, and known to be: not being tried.</summary>
    public bool IsDown => State is EpochState.Down or EpochState.Isolated;

    /// <summary>For Down and Probing: when the outage began.</summary>
    public TimeSpan Since { get; } = since;

    /// <summary>Why the backend is not up, as a clause; empty when it is.</summary>
    public string Cause => IsStarting ? Startup.Cause : cause;

    /// <summary>The same for machines: a short code in lower case.</summary>
    public string? Code
    {
        get => IsStarting ? Startup.Code : field;
        init;
    }

    /// <summary>The start's wait for it: under way if Down or Isolated, just over if Probing.</summary>
    public StartupWait? Startup { get; init; }

    /// <summary>Down because nobody has seen it yet.</summary>
    [MemberNotNullWhen(true, nameof(Startup))]
    public bool IsStarting => State == EpochState.Down && Startup is not null;

    /// <summary>It has shown itself for the first time, and those who waited are being let in: for all others it is up.</summary>
    public bool HasArrived => State == EpochState.Probing && Startup is not null;

    public bool ByCircuit { get; } = byCircuit;

    /// <summary>For Down and Probing: a call was let in on the backend's word, and was not answered in time. Overloaded ones say yes, and cannot.</summary>
    public bool IsWordDoubted { get; set; }

    /// <summary>For Down and Probing: attempts were not answered in time. One that is let in and keeps silent is hardly a reason to let in more, then, and one answered slowly is none.</summary>
    public bool IsLate { get; init; }

    /// <summary>For Down and Probing: nobody listened, so that its process was gone.</summary>
    public bool IsGone { get; init; }

    /// <summary>An answer that takes long is its own slowness then, and no queue.</summary>
    public bool MayBeCold => IsGone && !IsLate;

    /// <summary>The trace of the probe that ended the wait before it.</summary>
    public ActivityContext FoundBy { get; init; }

    public Ramp Ramp { get; init; } = new();

    /// <summary>Of the attempts since the backend went down last: kept while it is tried, and when it is back.</summary>
    public Places Places { get; init; } = new();

    /// <summary>For Up: somebody looks after those who wait for places. The lock of <see cref="Entrance"/> covers it.</summary>
    public bool IsWatched { get; set; }

    /// <summary>For Up. The lock of <see cref="Entrance"/> covers it.</summary>
    public Congestion Congestion { get; } = new();

    /// <summary>Only while it is starting.</summary>
    public Trial Trial { get; } = new();

    public CancellationToken Ended => _ended.Token;

    /// <summary>The first one, where the start waits for the backend.</summary>
    public static Epoch Awaited(TimeSpan now) => new(EpochState.Down, now) { Startup = new() };

    /// <summary>What follows where calls fail.</summary>
    public Epoch Down(Outcome why, TimeSpan now, bool byCircuit)
    {
        // A ramp that had a success met a backend that lives: what follows is another outage, to be probed as often as a young one.
        var since = IsUp || Ramp.Succeeded > 0 ? now : Since;
        return new(EpochState.Down, since, why.Describe(), byCircuit)
        {
            Code = why.Code,
            IsWordDoubted = State == EpochState.Probing && why.IsLate,
            IsLate = why.IsLate,
            IsGone = why.Kind == FailureKind.Refused,
        };
    }

    /// <summary>What follows a sign of life: those who wait are let in.</summary>
    /// <param name="usual">How the backend was before.</param>
    /// <param name="probe">The trace of the probe that found it.</param>
    /// <param name="now">When.</param>
    public Epoch Probing(Usual usual, ActivityContext probe, TimeSpan now) => IsStarting
        ? new(EpochState.Probing, now, "calls that waited for its start go first") { Startup = Startup, FoundBy = probe, Places = Places, Ramp = new(usual) }
        : new(EpochState.Probing, Since, Cause, ByCircuit)
        {
            Code = Code,
            IsWordDoubted = IsWordDoubted,
            IsLate = IsLate,
            IsGone = IsGone,
            FoundBy = probe,
            Places = Places,
            Ramp = new(usual, MayBeCold, IsLate),
        };

    /// <summary>What follows when the backend has shown that it is back.</summary>
    public Epoch Up(TimeSpan now, ActivityContext probe = default) => new(EpochState.Up, HasArrived ? Since : now) { FoundBy = probe, Places = Places };

    /// <summary>What follows by an operator's word, until he takes it back.</summary>
    public Epoch Isolated(string reason, TimeSpan now) => new(EpochState.Isolated, State == EpochState.Isolated ? Since : now, reason)
    {
        Code = "isolated",
        Startup = HasArrived ? null : Startup,
        Places = Places,
    };

    /// <summary>What follows when an operator has taken it back: as it would have begun without him.</summary>
    public Epoch Restored(TimeSpan now) => new(Startup is null ? EpochState.Up : EpochState.Down, now) { Startup = Startup, Places = Places };

    /// <returns>Whether it goes on after so long.</returns>
    public async Task<bool> LastsAsync(TimeSpan time, Clock clock)
    {
        await Task.Delay(time, clock.Time, Ended).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        return !Ended.IsCancellationRequested;
    }

    // Not inline: thousands of delayed calls may hang on it.
    public void End() => _ = _ended.CancelAsync();
}

internal enum EpochState
{
    Up,
    Down,
    Probing,
    Isolated,
}
