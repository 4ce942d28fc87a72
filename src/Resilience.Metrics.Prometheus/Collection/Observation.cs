using System.Diagnostics.Metrics;
using System.Runtime.CompilerServices;
using Microsoft.Extensions.Logging;
using OpenTelemetry.Metrics;

namespace Resilience.Metrics.Prometheus;

/// <summary>
/// Instruments that are asked at a scrape. Their callbacks are the application's: one that does not return would keep all others, and every later scrape. So they are asked on a thread of their own, and are left out of a scrape when time
/// is up. Then each is asked by itself, and the slowest are left out, for a while, until the rest fits into half the time. Nothing is lost by starting anew without them: such instruments keep no sums here. For one thread at a time, the scraper's.
/// </summary>
internal sealed partial class Observation(Settings settings, object? scope, TimeSpan patience, ILogger log, TimeProvider clock) : IDisposable
{
    private readonly ConditionalWeakTable<Instrument, Callback> _callbacks = [];
    private Task<bool>? _collecting;
    private Task<Aggregation?>? _searching;
    private Aggregation? _aggregation;
    private long _lastInVain;
    private int _inVain;

    /// <summary>Listens from now on.</summary>
    public void Begin() => _aggregation = New();

    /// <summary>Adds what was observed; nothing if that takes too long.</summary>
    public void Collect(List<Metric> metrics)
    {
        if (_searching is { IsCompleted: true } searched)
        {
            _searching = null;
            if (searched is { IsCompletedSuccessfully: true, Result: { } without })
                Replace(without);
        }

        if (_aggregation is not { } aggregation)
            return;
        if (_collecting is { IsCompleted: false } stuck)
        {
            Search(stuck);
            return;
        }

        var collecting = _collecting = Patience.OnItsOwnThread(aggregation.TryCollect);
        if (Patience.Await(collecting, patience, clock) is not { } took)
        {
            TakesTooLong(patience);
            Search(collecting);
            return;
        }

        if (collecting.Result)
            metrics.AddRange(aggregation.Metrics);
        if (_searching is null && Those(callback => callback.IsDue(clock)) is { Count: > 0 } due)
            _searching = Patience.OnItsOwnThread(() => Choose(due, took, collecting));
    }

    public void Dispose()
    {
        End(_aggregation);
        _ = _searching?.ContinueWith(search => search.Result?.Dispose(), CancellationToken.None, TaskContinuationOptions.OnlyOnRanToCompletion, TaskScheduler.Default);
    }

    private Aggregation New() => new(
        settings, scope,
        instrument => instrument.IsObservable && !(_callbacks.TryGetValue(instrument, out var callback) && callback.IsLeftOut),
        instrument => _callbacks.TryAdd(instrument, new(instrument)));

    private List<Callback> Those(Func<Callback, bool> which) => [.. _callbacks.Select(known => known.Value).Where(which)];

    private void Search(Task collecting)
    {
        if (_searching is null && (_inVain == 0 || clock.GetElapsedTime(_lastInVain) >= Patience.Pause(_inVain)))
            _searching = Patience.OnItsOwnThread(() => Choose(Those(callback => !callback.IsLeftOut), TimeSpan.Zero, collecting));
    }

    /// <summary>Asks each by itself: the fastest stay or come back as long as there is room beside what the others take.</summary>
    private Aggregation? Choose(List<Callback> callbacks, TimeSpan taken, Task collecting)
    {
        Patience.Await(collecting, patience, clock); // If it ends at all: two at once may wait for each other.
        var (room, changed) = (patience / 2 - taken, false);
        foreach (var (callback, took) in callbacks.Select(callback => (callback, Took: callback.Ask(patience, clock))).OrderBy(one => one.Took ?? TimeSpan.MaxValue))
        {
            var fits = took is { } time && (room -= time) >= TimeSpan.Zero;
            changed |= fits == callback.IsLeftOut;
            Tell(callback, took, fits);
        }

        if (!changed && !collecting.IsCompleted)
            (_lastInVain, _inVain) = (clock.GetTimestamp(), _inVain + 1); // Each start anew costs the thread that is stuck.
        return changed || !collecting.IsCompleted ? New() : null;
    }

    private void Tell(Callback callback, TimeSpan? took, bool fits)
    {
        var (instrument, wasLeftOut) = (callback.Instrument, callback.IsLeftOut);
        if (fits)
            callback.TakeBack();
        else
            callback.LeaveOut(clock);
        if (fits == wasLeftOut)
        {
            if (fits)
                IsBack(instrument.Name, instrument.Meter.Name);
            else if (took is { } time)
                IsSlow(instrument.Name, instrument.Meter.Name, time, callback.Pause);
            else
                Hangs(instrument.Name, instrument.Meter.Name, callback.Pause);
        }
    }

    private void Replace(Aggregation aggregation)
    {
        End(_aggregation);
        (_aggregation, _collecting) = (aggregation, null);
    }

    // One that is being asked cannot be disposed: that waits for the callback.
    private void End(Aggregation? aggregation)
    {
        if (_collecting is { IsCompleted: false } collecting)
            _ = collecting.ContinueWith(_ => aggregation?.Dispose(), CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
        else
            aggregation?.Dispose();
    }

    [LoggerMessage(2, LogLevel.Warning, "Callbacks of observable instruments take more than {Patience}: their metrics are left out of this scrape. Looking for the slow ones.", EventName = "CallbacksTakeTooLong")]
    private partial void TakesTooLong(TimeSpan patience);

    [LoggerMessage(3, LogLevel.Error, "The callback of the instrument {Instrument} of the meter {Meter} does not return: it is left out, and asked again in {Pause}.", EventName = "CallbackHangs")]
    private partial void Hangs(string instrument, string meter, TimeSpan pause);

    [LoggerMessage(4, LogLevel.Warning, "The callback of the instrument {Instrument} of the meter {Meter} took {Took}, too long beside the others: it is left out, and asked again in {Pause}.", EventName = "CallbackIsSlow")]
    private partial void IsSlow(string instrument, string meter, TimeSpan took, TimeSpan pause);

    [LoggerMessage(5, LogLevel.Information, "The callback of the instrument {Instrument} of the meter {Meter} returns in time again: its metrics are back.", EventName = "CallbackIsBack")]
    private partial void IsBack(string instrument, string meter);
}
