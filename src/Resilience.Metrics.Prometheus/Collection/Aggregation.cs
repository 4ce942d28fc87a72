using System.Diagnostics.Metrics;
using OpenTelemetry;
using OpenTelemetry.Metrics;

namespace Resilience.Metrics.Prometheus;

/// <summary>OpenTelemetry's aggregation of some instruments.</summary>
internal sealed class Aggregation : IDisposable
{
    private readonly PullExporter _exporter = new();
    private readonly MeterProvider _provider;

    public Aggregation(Settings settings, object? scope, Func<Instrument, bool> includes)
    {
        _provider = Sdk.CreateMeterProviderBuilder()
            .AddMeter([.. settings.Meters])
            .AddView(View)
            .SetExemplarFilter(settings.Exemplars ? ExemplarFilterType.TraceBased : ExemplarFilterType.AlwaysOff)
            .AddReader(new BaseExportingMetricReader(_exporter))
            .Build();

        MetricStreamConfiguration? View(Instrument instrument)
        {
            // Listeners hear the meters of every host in the process; whose meters have no scope belong to all.
            if (instrument.Meter.Scope is IMeterFactory other && other != scope || !includes(instrument))
                return MetricStreamConfiguration.Drop;
            var view = settings.Views.Select(view => view(instrument)).FirstOrDefault(view => view is not null) ?? new();
            if (view != MetricStreamConfiguration.Drop)
                view.CardinalityLimit ??= settings.MaxSeriesPerInstrument;
            return view;
        }
    }

    /// <summary>Calls the callbacks of what it asks. False if it was stopped.</summary>
    public bool TryCollect() => _exporter.TryCollect();

    public List<Metric> Metrics => _exporter.Metrics;

    public void Dispose() => _provider.Dispose();
}
