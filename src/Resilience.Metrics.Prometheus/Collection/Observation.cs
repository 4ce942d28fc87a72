using System.Diagnostics.Metrics;
using System.Runtime.CompilerServices;
using Microsoft.Extensions.Logging;
using OpenTelemetry.Metrics;

namespace Resilience.Metrics.Prometheus;

/// <summary>
/// Instruments that are asked at a scrape. Their callbacks are the application's: one that does not return would keep all others, and every later scrape. So they are asked on a thread of their own, are left out of a scrape when time
/// is up, and those that hang are looked for and left out for good. Nothing is lost by starting anew without them: such instruments keep no sums here. For one thread at a time, the scraper's.
/// </summary>
internal sealed partial class Observation(Settings settings, object? scope, TimeSpan patience, ILogger log) : IDisposable
{
    private readonly ConditionalWeakTable<Instrument, object> _asked = [], _left = [];
    private Task<bool>? _collecting;
    private Task<Aggregation?>? _searching;
    private Aggregation? _aggregation;

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

        if (_aggregation is not { } aggregation || _collecting is { IsCompleted: false })
            return;
        _collecting = OnItsOwnThread(aggregation.TryCollect);
        if (!_collecting.Wait(patience))
        {
            TakesTooLong(patience);
            _searching ??= OnItsOwnThread(Search);
        }
        else if (_collecting.Result)
            metrics.AddRange(aggregation.Metrics);
    }

    public void Dispose() => End(_aggregation);

    private static Task<T> OnItsOwnThread<T>(Func<T> work) => Task.Factory.StartNew(work, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);

    private Aggregation New() => new(settings, scope, instrument =>
    {
        if (!instrument.IsObservable || _left.TryGetValue(instrument, out _))
            return false;
        _asked.TryAdd(instrument, instrument);
        return true;
    });

    /// <summary>Asks each by itself.</summary>
    private Aggregation? Search()
    {
        var found = false;
        foreach (var (instrument, _) in _asked.ToList())
        {
            if (_left.TryGetValue(instrument, out _) || OnItsOwnThread(() => Ask(instrument)).Wait(patience))
                continue;
            _left.TryAdd(instrument, instrument);
            found = true;
            Hangs(instrument.Name, instrument.Meter.Name);
        }

        return found ? New() : null;
    }

    private static bool Ask(Instrument instrument)
    {
        using var listener = new MeterListener();
        listener.EnableMeasurementEvents(instrument);
        try
        {
            listener.RecordObservableInstruments();
            return true;
        }
        catch (Exception)
        {
            return false; // It does not hang. OpenTelemetry passes over what it throws.
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

    [LoggerMessage(2, LogLevel.Warning, "Callbacks of observable instruments take more than {Patience}: their metrics are left out of this scrape. Looking for the one that does.", EventName = "CallbacksTakeTooLong")]
    private partial void TakesTooLong(TimeSpan patience);

    [LoggerMessage(3, LogLevel.Error, "The callback of the instrument {Instrument} of the meter {Meter} does not return: it is not asked again before the next start of this process.", EventName = "CallbackHangs")]
    private partial void Hangs(string instrument, string meter);
}
