using System.Collections.Frozen;
using System.Diagnostics.Metrics;
using OpenTelemetry;
using OpenTelemetry.Metrics;

namespace Resilience.Metrics.Prometheus;

/// <summary>OpenTelemetry's aggregation of some instruments.</summary>
internal sealed class Aggregation : IDisposable
{
    // The SDK's 1,000 are few: it drops in silence what comes after, and never gives back the place of an instrument that is disposed. Not more, because by default each one takes 180 KB: instruments made in a loop must not eat the machine.
    private const int MaxInstruments = 4_000;

    // OpenTelemetry makes the points of an instrument beforehand, about 90 bytes each. The tags of these have few values by nature, and they are half of all that is shown by default.
    private const int FewSeries = 200;
    private static readonly FrozenSet<string> MetersOfFewSeries = FrozenSet.Create(StringComparer.Ordinal, "System.Runtime", "Microsoft.AspNetCore.Server.Kestrel", "Resilience.Hosting");

    private readonly PullExporter _exporter = new();
    private readonly MeterProvider _provider;

    public Aggregation(Settings settings, object? scope, Func<Instrument, bool> includes, Action<Instrument>? shown = null)
    {
        _provider = Sdk.CreateMeterProviderBuilder()
            .AddMeter([.. settings.Meters])
            .AddView(View)
            .SetMaxMetricStreams(MaxInstruments)
            .SetExemplarFilter(settings.Exemplars ? ExemplarFilterType.TraceBased : ExemplarFilterType.AlwaysOff)
            .AddReader(new BaseExportingMetricReader(_exporter))
            .Build();

        MetricStreamConfiguration? View(Instrument instrument)
        {
            // Listeners hear the meters of every host in the process; whose meters have no scope belong to all.
            if (instrument.Meter.Scope is IMeterFactory other && other != scope || !includes(instrument))
                return MetricStreamConfiguration.Drop;
            var view = settings.Views.Select(view => view(instrument)).FirstOrDefault(view => view is not null)
                ?? new() { CardinalityLimit = MetersOfFewSeries.Contains(instrument.Meter.Name) ? Math.Min(FewSeries, settings.MaxSeriesPerInstrument) : settings.MaxSeriesPerInstrument };
            if (view == MetricStreamConfiguration.Drop)
                return view;
            view.CardinalityLimit ??= settings.MaxSeriesPerInstrument;
            shown?.Invoke(instrument);
            return view;
        }
    }

    /// <summary>Calls the callbacks of what it asks. False if it was stopped.</summary>
    public bool TryCollect() => _exporter.TryCollect();

    public List<Metric> Metrics => _exporter.Metrics;

    public void Dispose() => _provider.Dispose();
}
