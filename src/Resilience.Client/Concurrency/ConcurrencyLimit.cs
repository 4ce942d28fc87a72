using System.Globalization;

// Longer than most files because one lock covers the limit, the windows that it follows, and halts.

namespace Resilience.Client;

/// <summary>
/// How many attempts may be under way to a backend, and what those that ended took: <see cref="AdaptiveLimit"/> decides, window by window. Thread-safe;
/// an attempt costs one addition, and takes no lock but for the last of a window.
/// </summary>
internal sealed class ConcurrencyLimit
{
    private const int Many = 4; // Times the most that are usual.

    private static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan LeastForHealth = TimeSpan.FromMilliseconds(100), MostForHealth = TimeSpan.FromSeconds(1);

    private readonly Lock _turning = new(); // Over _policy, and the window's change.
    private readonly AdaptiveLimit _policy = new();
    private readonly LatencyWindow _window = new();
    private int _limit = int.MaxValue;
    private bool _isAdaptive;
    private (int Min, int Max) _bounds;
    private long _stalls; // In ticks.
    private TimeSpan _forHealth = LeastForHealth;
    private int _listenedFor;
    private volatile bool _wasFull, _isSilent;

    public ConcurrencyLimit(Settings settings) => Apply(settings);

    /// <summary>The limit in force; <see cref="int.MaxValue"/> if there is none.</summary>
    public int Limit => Volatile.Read(ref _limit);

    /// <summary>Why calls wait for places, as a clause.</summary>
    public string Cause
    {
        get
        {
            lock (_turning)
            {
                var why = _isAdaptive && _policy.IsHalted ? "it answered nothing any more, nor did its health path"
                    : _isAdaptive && _policy is { Held: not null, UsualLatency: { } usual }
                    ? $"an attempt takes {LogTime.Milliseconds(_policy.Latency)} where {LogTime.Milliseconds(usual)} were usual"
                    : "Concurrency:Max is reached";
                return string.Create(CultureInfo.InvariantCulture, $"{why}, and no more than {Limit} at once are let through");
            }
        }
    }

    public Usual Usual
    {
        get
        {
            lock (_turning)
                return new(_isAdaptive ? Math.Max(_bounds.Min, _policy.UsualPeak) : Limit, _policy.UsualLatency is { } latency ? LogTime.Time(latency) : default);
        }
    }

    /// <summary>How long the health path is given to answer before calls are held back.</summary>
    public TimeSpan TimeForHealth
    {
        get
        {
            lock (_turning)
                return _forHealth + (4 * Usual.Latency);
        }
    }

    public void Apply(Settings settings)
    {
        lock (_turning)
        {
            _bounds = (Math.Min(settings.MinConcurrency, settings.MaxConcurrency), settings.MaxConcurrency); // A fixed limit may be below Min, which is not its own.
            _isAdaptive = settings.Concurrency == ConcurrencyMode.Adaptive;
            Set();
        }
    }

    public bool TryEnter(Places places)
    {
        if (places.TryTake(Limit))
            return true;
        _wasFull = true;
        return false;
    }

    /// <summary>
    /// Whether nothing has come back lately, and many more are under way than usual: true for one of those who ask, and for another if that goes on. Asked by every call: while answers
    /// come back it costs a look at a number.
    /// </summary>
    public bool TryNoticeSilence(Places places, TimeSpan now) => now.Ticks >= Volatile.Read(ref _stalls) && NoticesSilence(places, now);

    /// <summary>Lets nobody in until few are under way, if they still are that many and none has been answered since <see cref="TryNoticeSilence"/>.</summary>
    public bool HoldHalted(Places places, TimeSpan now)
    {
        lock (_turning)
        {
            if (!_isSilent || !_isAdaptive || _policy.Held is not null || !AreMany(places))
                return false;
            _policy.Halt(_bounds.Min);
            Set();
            Turn(places, now, Usual.Latency);
            return true;
        }
    }

    /// <summary>Listens anew for something that comes back.</summary>
    /// <returns>False if the halt is over.</returns>
    public bool ListensOn(Places places)
    {
        lock (_turning)
        {
            _listenedFor = places.Taken;
            return _policy.IsHalted && (_isSilent = true);
        }
    }

    /// <summary>The backend lives. Where those under way do not come back all the same, they are no queue; where a few do, hardly; where half of them have, they are.</summary>
    /// <param name="places">Of the attempts.</param>
    /// <param name="healthTook">How long its health path took to say so.</param>
    public void EndHalt(Places places, TimeSpan healthTook)
    {
        lock (_turning)
        {
            if (!_isSilent)
            {
                if (places.Taken > Math.Max(Limit, _listenedFor / 2))
                    _policy.Stall(_bounds.Max);
                Set();
                return;
            }

            if (2 * healthTook > _forHealth) // So that it is not taken for halted for that again.
                _forHealth = 2 * healthTook < MostForHealth ? 2 * healthTook : MostForHealth;
            EndHalt();
        }
    }

    /// <summary>Nobody asks any more.</summary>
    public void EndHalt()
    {
        lock (_turning)
        {
            _policy.EndHalt();
            Set();
        }
    }

    /// <summary>An answer has come back, whatever it says.</summary>
    public void Heard()
    {
        if (_isSilent)
            _isSilent = false;
    }

    /// <summary>The backend goes down. Had it been overloaded, it is let in as few as may be when it is back.</summary>
    public void Reset()
    {
        lock (_turning)
        {
            _policy.Reset(_bounds.Min);
            Set();
        }
    }

    /// <summary>Those under way from now on are compared with each other only: the backend has come back.</summary>
    public void Begin(Places places, TimeSpan now)
    {
        lock (_turning)
            Turn(places, now, TimeSpan.Zero);
    }

    /// <summary>The backend has answered for the first time since its process was gone, with nothing else under way: if that took long, it is cold, and not overloaded.</summary>
    public void Returned(TimeSpan took)
    {
        lock (_turning)
            _policy.Return(LogTime.Of(took));
    }

    /// <summary>What an attempt took that was answered, or was not in time.</summary>
    public void Sample(Places places, TimeSpan began, TimeSpan now)
    {
        if (now.Ticks > Volatile.Read(ref _stalls) - (Patience.Ticks / 2))
            Volatile.Write(ref _stalls, (now + Patience).Ticks); // One that has come back, whenever it began: they do.
        if (_window.Add(began, now) && _turning.TryEnter())
        {
            try
            {
                Next(places, now);
            }
            finally
            {
                _turning.Exit();
            }
        }
    }

    /// <summary>Somebody has to wait for a place.</summary>
    public void Refused(Places places, TimeSpan now)
    {
        if (now.Ticks < Volatile.Read(ref _stalls))
            return;
        lock (_turning)
        {
            if (now.Ticks < _stalls || !_isAdaptive)
                return;
            if (_policy.Held is null || _policy.IsHalted)
            {
                Volatile.Write(ref _stalls, (now + Patience).Ticks); // Nothing is held back, or somebody asks about it: the window goes on.
                return;
            }

            _policy.Stall(_bounds.Max);
            Set();
            Turn(places, now, now - _window.Turned); // So long they take, at least: more patience with the next ones.
        }
    }

    private bool NoticesSilence(Places places, TimeSpan now)
    {
        lock (_turning)
        {
            if (now.Ticks < _stalls || _isAdaptive && _policy.Held is not null)
                return false; // Whoever has to wait for a place finds out: see Refused.
            Volatile.Write(ref _stalls, (now + Patience + TimeForHealth).Ticks);
            return _isSilent = _isAdaptive && AreMany(places);
        }
    }

    private bool AreMany(Places places) => _policy.UsualLatency is not null && places.Taken >= Many * Math.Max(_bounds.Min, _policy.UsualPeak);

    private void Next(Places places, TimeSpan now)
    {
        if (_window.Latency(now) is not { } latency)
            return;
        _policy.Next(new(latency, places.Peak, _wasFull, now - _window.Turned), _bounds.Min, _bounds.Max);
        Set();
        Turn(places, now, LogTime.Time(latency));
    }

    private void Turn(Places places, TimeSpan now, TimeSpan latency)
    {
        _window.Turn(now, latency);
        Volatile.Write(ref _stalls, (now + Patience + 4 * latency).Ticks);
        places.BeginPeak();
        _wasFull = false;
    }

    private void Set()
    {
        int? held = _isAdaptive ? _policy.Held : null;
        Volatile.Write(ref _limit, Math.Clamp(held ?? _bounds.Max, _bounds.Min, _bounds.Max));
    }
}
