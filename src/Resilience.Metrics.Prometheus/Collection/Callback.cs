using System.Diagnostics.Metrics;

namespace Resilience.Metrics.Prometheus;

/// <summary>What is known of an observable instrument's callback. For one thread at a time, but for <see cref="IsLeftOut"/>.</summary>
internal sealed class Callback(Instrument instrument)
{
    private volatile bool _isLeftOut;
    private Task<bool>? _asking;
    private int _times;
    private long _since;

    public Instrument Instrument => instrument;

    public bool IsLeftOut => _isLeftOut;

    /// <summary>Left out so often that this is how long it is left alone.</summary>
    public TimeSpan Pause => Patience.Pause(_times);

    /// <summary>Whether it is left out and time to ask it again.</summary>
    public bool IsDue(TimeProvider clock) => IsLeftOut && clock.GetElapsedTime(_since) >= Pause;

    /// <summary>Asks it by itself.</summary>
    /// <returns>How long it took; null if it does not return, or has not since it was asked before.</returns>
    public TimeSpan? Ask(TimeSpan limit, TimeProvider clock)
    {
        if (_asking is { IsCompleted: false })
            return null; // No second thread for one that hangs.
        var machine = Patience.Await(Patience.OnItsOwnThread(() => true), limit, clock) ?? limit; // What doing nothing takes is not the callback's.
        _asking = Patience.OnItsOwnThread(Record);
        return Patience.Await(_asking, limit, clock) is { } took ? took > machine ? took - machine : TimeSpan.Zero : null;
    }

    public void LeaveOut(TimeProvider clock)
    {
        _times++;
        _since = clock.GetTimestamp();
        _isLeftOut = true;
    }

    public void TakeBack() => _isLeftOut = false;

    private bool Record()
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
}
