using System.Collections.Immutable;
using System.Diagnostics.Metrics;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;

namespace Resilience.Metrics.Prometheus;

/// <summary>What decides how metrics are aggregated, as it was when they were mapped. Endpoints with equal settings share one aggregation.</summary>
internal sealed record Settings(
    ImmutableArray<string> Meters, ImmutableArray<Func<Instrument, MetricStreamConfiguration?>> Views, bool Exemplars, int MaxSeriesPerInstrument, ImmutableArray<KeyValuePair<string, object>> Target)
{
    public static Settings Of(PrometheusOptions options) =>
        new([.. options.Meters.Distinct(StringComparer.OrdinalIgnoreCase)], [.. options.Views], options.Exemplars, options.MaxSeriesPerInstrument, [.. TargetOf(options)]);

    public bool Equals(Settings? other) =>
        other is not null && Exemplars == other.Exemplars && MaxSeriesPerInstrument == other.MaxSeriesPerInstrument
        && Meters.SequenceEqual(other.Meters, StringComparer.OrdinalIgnoreCase) && Views.SequenceEqual(other.Views) && Target.SequenceEqual(other.Target);

    public override int GetHashCode() => Meters.Length;

    private static List<KeyValuePair<string, object>> TargetOf(PrometheusOptions options)
    {
        var resource = ResourceBuilder.CreateDefault();
        if (options.ServiceName is { } name)
            resource.AddService(name, serviceVersion: options.ServiceVersion, autoGenerateServiceInstanceId: false);
        var attributes = resource
            .AddAttributes(options.ResourceAttributes.Select(attribute => new KeyValuePair<string, object>(attribute.Key, attribute.Value)))
            .Build().Attributes.OrderBy(attribute => attribute.Key, StringComparer.Ordinal).ToList();
        var isNamed = attributes.Exists(attribute => attribute is { Key: "service.name", Value: string service } && !service.StartsWith("unknown_service", StringComparison.Ordinal));
        return isNamed ? attributes : []; // Nobody's name says nothing.
    }
}
