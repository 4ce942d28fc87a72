namespace Resilience.Client.Tests;

/// <summary>
/// Calls, a limit on them and a backend, event by event and without a clock: some thousand seconds of load in a moment. The backend has so many workers, each of which serves one request
/// at a time, and a queue before them without an end; or, without workers, answers each after the same time.
/// </summary>
internal sealed class Simulation(ConcurrencyLimit limit, int seed = 1)
{
    private readonly Random _random = new(seed);
    private readonly Places _places = new();
    private readonly PriorityQueue<Action, double> _events = new();
    private readonly LinkedList<double> _waiting = new(); // When they came; the newest first.
    private readonly Queue<(double Came, double Sent, Ramp? Ramp)> _queue = new();
    private Ramp? _ramp;
    private double _now;
    private int _busy;

    /// <summary>Seconds for which one request keeps a worker, or is under way where there are none.</summary>
    public double Service { get; set; } = 0.005;

    public int? Workers { get; set; } = 15;

    /// <summary>Calls per second.</summary>
    public double Load { get; set; } = 1000;

    /// <summary>Share of calls that take a hundred times as long, and no worker.</summary>
    public double Long { get; set; }

    /// <summary>Seconds between which nothing is answered, and no time counts as served: a process that is halted.</summary>
    public (double From, double To) Halt { get; set; }

    /// <summary>Whether calls wait for its return; then they are let in along the ramp.</summary>
    public bool IsDown
    {
        get;
        set
        {
            field = value;
            if (value)
                return;
            limit.Begin(_places, TimeSpan.FromSeconds(_now));
            _ramp = new(limit.Usual, mayBeCold: true);
            Fill();
        }
    }

    /// <summary>When each call came, and how long it took; all in seconds.</summary>
    public List<(double Came, double Took)> Calls { get; } = [];

    public int Waiting => _waiting.Count;

    public double Now => _now;

    public int UnderWay => _places.Taken;

    public Simulation Run(double seconds)
    {
        var end = _now + seconds;
        if (_events.Count == 0)
            Arrive();
        while (_events.TryPeek(out var next, out var at) && at <= end)
        {
            _events.Dequeue();
            _now = at;
            next();
        }

        _now = end;
        return this;
    }

    /// <summary>Share of those that came in the time given that were answered within so many seconds.</summary>
    public double Answered(double from, double to, double within = 1)
    {
        var came = Math.Max(1, (to - from) * Load);
        return Calls.Count(call => call.Came >= from && call.Came < to && call.Took <= within) / came;
    }

    /// <summary>The time that half of those who came then needed.</summary>
    public double Median(double from, double to)
    {
        var took = Calls.Where(call => call.Came >= from && call.Came < to).Select(call => call.Took).Order().ToArray();
        return took.Length == 0 ? double.NaN : took[took.Length / 2];
    }

    private void At(double when, Action what) => _events.Enqueue(what, when);

    private void Arrive()
    {
        At(_now - Math.Log(1 - _random.NextDouble()) / Load, Arrive);
        if (!IsDown && limit.TryNoticeSilence(_places, TimeSpan.FromSeconds(_now)))
            At(_now + limit.TimeForHealth.TotalSeconds, Listen);
        if (!IsDown && _ramp is null && limit.TryEnter(_places))
        {
            Send(_now, null);
            return;
        }

        _waiting.AddFirst(_now);
        if (!IsDown)
            limit.Refused(_places, TimeSpan.FromSeconds(_now));
        Fill();
    }

    private void Fill()
    {
        while (!IsDown && _waiting.First is { } first && _ramp?.HasRoom != false && limit.TryEnter(_places))
        {
            _waiting.RemoveFirst();
            _ramp?.Enter();
            Send(first.Value, _ramp);
        }
    }

    private void Send(double came, Ramp? ramp)
    {
        var sent = _now;
        if (_random.NextDouble() < Long)
            At(_now + 100 * Service, () => End(came, sent, ramp));
        else if (Workers is null)
            At(Served(Vary(Service)), () => End(came, sent, ramp));
        else
            Serve(came, sent, ramp);
    }

    private void Serve(double came, double sent, Ramp? ramp)
    {
        if (_busy >= Workers)
        {
            _queue.Enqueue((came, sent, ramp));
            return;
        }

        _busy++;
        At(Served(Vary(Service)), () =>
        {
            _busy--;
            while (_busy < (Workers ?? int.MaxValue) && _queue.TryDequeue(out var next))
                Serve(next.Came, next.Sent, next.Ramp);
            End(came, sent, ramp);
        });
    }

    private void End(double came, double sent, Ramp? ramp)
    {
        limit.Heard();
        limit.Sample(_places, TimeSpan.FromSeconds(sent), TimeSpan.FromSeconds(_now));
        _places.GiveBack();
        Calls.Add((came, _now - came));
        var took = TimeSpan.FromSeconds(_now - sent);
        if (ramp?.IsAlone == true)
            limit.Returned(took);
        ramp?.Succeed(took, TimeSpan.MaxValue);
        if (_ramp is not null && (_waiting.Count == 0 || _ramp.Width >= limit.Limit))
            _ramp = null;
        Fill();
    }

    // What the health path does not answer while it is halted.
    private void Listen()
    {
        if (_now >= Halt.From && _now < Halt.To && limit.HoldHalted(_places, TimeSpan.FromSeconds(_now)))
        {
            At(Halt.To, ListenOn);
        }
    }

    // Once it goes on, that is answered at once.
    private void ListenOn()
    {
        if (!limit.ListensOn(_places))
            return;
        At(_now + 0.25 + limit.TimeForHealth.TotalSeconds, () =>
        {
            limit.EndHalt(_places, healthTook: TimeSpan.Zero);
            Fill();
            ListenOn();
        });
    }

    // When what takes so long is through.
    private double Served(double time) => _now + time + (_now < Halt.To && _now + time > Halt.From ? Halt.To - Math.Max(_now, Halt.From) : 0);

    // Half to twice as long, around the same mean.
    private double Vary(double time) => time * (0.5 + _random.NextDouble());
}
