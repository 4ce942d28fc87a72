using System.Text.Json;
using Resilience.OutageLab.Backend;
using Resilience.OutageLab.Caller;
using Resilience.OutageLab.Scenarios;

namespace Resilience.OutageLab.Conduct;

/// <summary>One client in one scenario: starts the processes, lets happen what is planned, and collects what was seen.</summary>
internal sealed class Run : IDisposable
{
    private const double Slack = 30; // Seconds that a run may take longer on a busy machine.

    private readonly Scenario _scenario;
    private readonly CallerPlan _plan;
    private readonly int[] _ports;
    private readonly List<Child> _children = [];
    private readonly List<Child> _instances = [];
    private readonly Queue<Child> _standbys = [];
    private readonly List<Sightings> _sightings = [];
    private readonly List<(double From, double To)> _outages = [];
    private double _began;

    public Run(Scenario scenario, string client, string? plugin, int seed, string folder)
    {
        _scenario = scenario;
        _ports = [.. Enumerable.Range(0, scenario.Instances).Select(_ => Ports.Free())];
        var front = scenario.IsForwarded ? Ports.Free() : _ports[0];
        _plan = new()
        {
            Client = client,
            Plugin = plugin,
            Address = scenario.IsNamed ? new("http://backend.example/") : new($"http://127.0.0.1:{front}/"),
            NamedPort = scenario.IsNamed ? front : 0,
            Rate = scenario.Rate,
            Seconds = scenario.Seconds,
            Fleet = scenario.Fleet,
            Seed = seed,
            AttemptTimeoutSeconds = scenario.AttemptTimeoutSeconds,
            CallTimeoutSeconds = scenario.CallTimeoutSeconds,
            Output = Path.Combine(folder, $"{Guid.NewGuid():N}.calls"),
        };
    }

    public async Task<RunRecord> PlayAsync()
    {
        var caller = Start([Roles.Caller, JsonSerializer.Serialize(_plan)]); // First, for it takes as long to start as the rest.
        await StartBackendsAsync();
        if (_scenario.IsForwarded)
            await Start([Roles.Forwarder, string.Join(',', [_plan.Address.Port, .. _ports])]).HearAsync("ready");
        await caller.HearAsync("built");
        await caller.OrderAsync("warm 0", "ready");

        var zero = LabTime.Now + 300 * LabTime.Millisecond;
        foreach (var backend in _instances.Concat(_standbys))
            backend.Order($"zero {zero}");
        caller.Order($"go {zero}");
        foreach (var step in _scenario.Steps)
        {
            await UntilAsync(zero + LabTime.Of(step.At));
            var at = await DoAsync(step, caller);
            Note(step.Edge, LabTime.Seconds(at - zero));
        }

        await caller.HearAsync("done", TimeSpan.FromSeconds(_scenario.Seconds + CallerPlan.Patience + Slack));
        foreach (var child in _children)
            await child.EndAsync();
        return Record();
    }

    public void Dispose()
    {
        foreach (var child in _children)
            child.Dispose();
        File.Delete(_plan.Output);
    }

    private async Task StartBackendsAsync()
    {
        foreach (var _ in _ports)
            _instances.Add(StartBackend(_scenario.Calm));
        // Those that come back are started now, and only listen later: to start a process in the middle of the load would be part of what is measured.
        foreach (var step in _scenario.Steps.Where(step => step.Act == Act.Return))
            _standbys.Enqueue(StartBackend(step.Behaviour ?? _scenario.Calm));
        await Task.WhenAll(_instances.Concat(_standbys).Select(backend => backend.HearAsync("ready")));
        await Task.WhenAll(_instances.Select((backend, i) => backend.OrderAsync($"listen {_ports[i]}", "listening")));
    }

    private Child StartBackend(Behaviour behaviour)
    {
        var sightings = new Sightings();
        _sightings.Add(sightings);
        return Start([Roles.Backend, JsonSerializer.Serialize(behaviour)], sightings);
    }

    private Child Start(string[] role, Sightings? sightings = null)
    {
        var child = Child.Start(role, sightings);
        _children.Add(child);
        return child;
    }

    /// <returns>When it was done.</returns>
    private async Task<long> DoAsync(Step step, Child caller)
    {
        var instance = _instances[step.Instance];
        switch (step.Act)
        {
            case Act.Kill:
                instance.Kill();
                break;
            case Act.Return:
                _instances[step.Instance] = _standbys.Dequeue();
                return await _instances[step.Instance].OrderAsync($"listen {_ports[step.Instance]}", "listening");
            case Act.Behave:
                return await instance.OrderAsync($"behave {JsonSerializer.Serialize(step.Behaviour ?? _scenario.Calm)}", "behaves");
            case Act.Freeze:
                instance.Freeze();
                break;
            case Act.Thaw:
                instance.Thaw();
                break;
            case Act.Rename:
                caller.Order($"name {_ports[step.Instance]}");
                break;
            default:
                throw new InvalidOperationException($"{step.Act} is nothing that can be done.");
        }

        return LabTime.Now;
    }

    private void Note(Edge edge, double at)
    {
        if (edge == Edge.Begins)
            _began = at;
        else if (edge == Edge.Ends)
            _outages.Add((_began, at));
    }

    private RunRecord Record()
    {
        var log = CallLog.Load(_plan.Output);
        if (!_scenario.HasAfter && _scenario.Steps.Count > 0)
            _outages.Add((_began, _scenario.Seconds));
        var arrivals = new Bins();
        foreach (var counts in _sightings.Select(sightings => sightings.Arrivals.Counts))
        {
            for (var bin = 0; bin < counts.Length; bin++)
                arrivals.Add(bin, counts[bin]);
        }

        return new(_scenario, _plan.Client, log)
        {
            Outages = _outages,
            Arrivals = arrivals.Counts,
            Served = _sightings.Sum(sightings => sightings.Served),
            Wasted = _sightings.Sum(sightings => sightings.Wasted),
            Shed = _sightings.Sum(sightings => sightings.Shed),
        };
    }

    private static async Task UntilAsync(long then)
    {
        while (then - LabTime.Now is > 0 and var left)
            await Task.Delay(TimeSpan.FromMilliseconds(Math.Max(1, left / LabTime.Millisecond)));
    }
}
