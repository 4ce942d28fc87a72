using System.Collections.Concurrent;
using System.Diagnostics.Metrics;

namespace Resilience.TestKit;

/// <summary>One number that an instrument has given, with its tags as text: truth as <c>true</c> and <c>false</c>.</summary>
public sealed record Measurement(string Name, double Value, IReadOnlyDictionary<string, string> Tags)
{
    public override string ToString() => $"{Name}{{{string.Join(",", Tags.Select(tag => $"{tag.Key}={tag.Value}"))}}} {Value}";
}

/// <summary>Listens to the meters of one name and keeps what they measure, in its order. Safe for use by many threads.</summary>
public sealed class Measurements : IDisposable
{
    private readonly MeterListener _listener = new();
    private readonly ConcurrentQueue<Measurement> _kept = new();
    private readonly ConcurrentDictionary<Instrument, bool> _instruments = new();

    /// <param name="meter">The meters' name.</param>
    /// <param name="scope">The <see cref="IMeterFactory"/> that made the meter, so that tests side by side do not hear each other; null for all.</param>
    public Measurements(string meter, object? scope = null)
    {
        _listener.InstrumentPublished = (instrument, listener) =>
        {
            if (instrument.Meter.Name != meter || scope is not null && instrument.Meter.Scope != scope)
                return;
            _instruments[instrument] = true;
            listener.EnableMeasurementEvents(instrument);
        };
        _listener.SetMeasurementEventCallback<byte>((instrument, value, tags, _) => Keep(instrument, value, tags));
        _listener.SetMeasurementEventCallback<short>((instrument, value, tags, _) => Keep(instrument, value, tags));
        _listener.SetMeasurementEventCallback<int>((instrument, value, tags, _) => Keep(instrument, value, tags));
        _listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) => Keep(instrument, value, tags));
        _listener.SetMeasurementEventCallback<float>((instrument, value, tags, _) => Keep(instrument, value, tags));
        _listener.SetMeasurementEventCallback<double>((instrument, value, tags, _) => Keep(instrument, value, tags));
        _listener.Start();
    }

    /// <summary>Everything so far.</summary>
    public IReadOnlyList<Measurement> All => [.. _kept];

    /// <summary>Those that were published, whether they have measured anything or not.</summary>
    public IReadOnlyList<Instrument> Instruments => [.. _instruments.Keys];

    /// <summary>Asks every observable instrument once.</summary>
    /// <returns>This.</returns>
    /// <exception cref="AggregateException">What the instruments threw.</exception>
    public Measurements Collect()
    {
        _listener.RecordObservableInstruments();
        return this;
    }

    /// <summary>Forgets what was kept so far.</summary>
    public void Clear() => _kept.Clear();

    /// <summary>Those of one instrument that have at least these tags, in their order.</summary>
    public IReadOnlyList<Measurement> Of(string name, params (string Key, string Value)[] tags) => [.. All.Where(kept =>
        kept.Name == name && Array.TrueForAll(tags, tag => kept.Tags.TryGetValue(tag.Key, out var value) && value == tag.Value))];

    /// <summary>What they add up to: of counters and histograms.</summary>
    public double Sum(string name, params (string Key, string Value)[] tags) => Of(name, tags).Sum(kept => kept.Value);

    /// <summary>How many there are.</summary>
    public int Count(string name, params (string Key, string Value)[] tags) => Of(name, tags).Count;

    /// <summary>The newest, or null: of gauges, after <see cref="Collect"/>.</summary>
    public double? Last(string name, params (string Key, string Value)[] tags) => Of(name, tags) is [.., var last] ? last.Value : null;

    public void Dispose() => _listener.Dispose();

    private void Keep(Instrument instrument, double value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        var kept = new Dictionary<string, string>();
        foreach (var (key, tag) in tags)
            kept.Add(key, tag switch { null => "", bool truth => truth ? "true" : "false", _ => tag.ToString() ?? "" });
        _kept.Enqueue(new(instrument.Name, value, kept));
    }
}
