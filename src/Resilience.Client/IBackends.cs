using System.Diagnostics.CodeAnalysis;
using System.Text.Json.Serialization;

namespace Resilience.Client;

/// <summary>The backends of this host, by name. Thread-safe.</summary>
public interface IBackends
{
    /// <summary>All of them, in the order of their registration.</summary>
    IReadOnlyList<IBackend> All { get; }

    /// <summary>The backend of that name. Throws <see cref="KeyNotFoundException"/>, which lists the names there are.</summary>
    IBackend this[string name] { get; }

    /// <summary>Whether there is a backend of that name.</summary>
    bool TryGet(string name, [NotNullWhen(true)] out IBackend? backend);
}

/// <summary>What the calls to one backend know of it. Each property reads the present; none asks the backend. Thread-safe.</summary>
public interface IBackend
{
    /// <summary>The name it is registered by.</summary>
    string Name { get; }

    /// <summary>Where calls go now.</summary>
    Uri Address { get; }

    /// <summary>Whether calls are let through.</summary>
    BackendState State { get; }

    /// <summary>
    /// The circuit: open while the backend is down or isolated, probing while first calls are let in again. Closed while a start waits for the
    /// backend's first sign (<see cref="State"/> is <see cref="BackendState.Down"/> then): nothing has opened it.
    /// </summary>
    CircuitState Circuit { get; }

    /// <summary>Since when <see cref="State"/> is what it is; an outage that was thought over and was not counts as one.</summary>
    DateTimeOffset Since { get; }

    /// <summary>Why it is not up, as a clause without secrets; <see langword="null"/> when it is.</summary>
    string? Cause { get; }

    /// <summary>The share of attempts that failed within <see cref="CircuitOptions.Window"/>, 0 to 1; of all since it came back, if that is shorter.</summary>
    double ErrorRate { get; }

    /// <summary>When an attempt succeeded last; <see langword="null"/> if none has.</summary>
    DateTimeOffset? LastSuccess { get; }

    /// <summary>How many attempts beyond first ones the budget allows at this moment.</summary>
    int BudgetLeft { get; }

    /// <summary>How many calls wait: for its return, or for a place among those under way.</summary>
    int WaitingCalls { get; }

    /// <summary>How many attempts are under way, until their response's headers; since it was back last.</summary>
    int InFlight { get; }

    /// <summary>How many may be, see <see cref="ConcurrencyOptions"/>; <see langword="null"/> if nothing limits them.</summary>
    int? ConcurrencyLimit { get; }

    /// <summary>
    /// Takes the backend out of service, for maintenance: calls, waiting ones too, fail at once with
    /// <see cref="BackendFailureReason.Isolated"/> until <see cref="Restore"/>. Attempts under way end as they may. Again: changes the reason.
    /// </summary>
    /// <param name="reason">Shown in exceptions and logs: no secrets.</param>
    void Isolate(string reason);

    /// <summary>Puts an isolated backend back into service; no effect on another.</summary>
    void Restore();
}

/// <summary>Whether calls are let through to a backend.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<BackendState>))]
public enum BackendState
{
    /// <summary>They are.</summary>
    Up,

    /// <summary>They wait for its return, or fail fast; at the start too, for the first sign of a backend whose check is tagged <c>startup</c>.</summary>
    Down,

    /// <summary>They fail: somebody took it out of service.</summary>
    Isolated,
}

/// <summary>The state of a backend's circuit.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<CircuitState>))]
public enum CircuitState
{
    /// <summary>All calls pass.</summary>
    Closed,

    /// <summary>None passes.</summary>
    Open,

    /// <summary>A few pass, more as they succeed.</summary>
    Probing,
}
