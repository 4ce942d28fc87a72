using System.Diagnostics.Metrics;
using OpenTelemetry.Metrics;

namespace Resilience.Metrics.Prometheus;

/// <summary>What <c>MapMetrics</c> shows. Impossible values throw there, all at once. Not safe for use by several threads; read once.</summary>
public sealed class PrometheusOptions
{
    /// <summary>
    /// The names of the meters that are listened to, in any case; <c>*</c> stands for any characters, <c>?</c> for one. At least one. Default: <c>Resilience.*</c>, <c>Microsoft.AspNetCore.Hosting</c>,
    /// <c>Microsoft.AspNetCore.Server.Kestrel</c>, <c>System.Net.Http</c>, <c>System.Runtime</c>. Yours are added with <c>options.Meters.Add("Orders.*")</c>.
    /// </summary>
    public IList<string> Meters { get; } =
        ["Resilience.*", "Microsoft.AspNetCore.Hosting", "Microsoft.AspNetCore.Server.Kestrel", "System.Net.Http", "System.Runtime"];

    /// <summary>
    /// Views: for an instrument, another name, bounds, tags, or <see cref="MetricStreamConfiguration.Drop"/>; null for no opinion. The first that has one decides. They are
    /// asked once per instrument, when it is published. Default: none.
    /// </summary>
    public IList<Func<Instrument, MetricStreamConfiguration?>> Views { get; } = [];

    /// <summary>
    /// Whether buckets and counters carry the trace of one of the calls they count. In OpenMetrics only, and only of traces that are recorded. Default true. Prometheus keeps them with <c>--enable-feature=exemplar-storage</c>.
    /// </summary>
    public bool Exemplars { get; set; } = true;

    /// <summary>
    /// How many combinations of tag values one instrument may have, from 1 to 1,000,000. What comes after is summed up in one series with <c>otel_metric_overflow="true"</c>. Default 2,000, as OpenTelemetry has it. Memory for
    /// so many is reserved per instrument. Meters whose tags have few values (<c>System.Runtime</c>, <c>Microsoft.AspNetCore.Server.Kestrel</c>, <c>Resilience.Hosting</c>) have 200 at most. A view's own <see cref="MetricStreamConfiguration.CardinalityLimit"/> wins.
    /// </summary>
    public int MaxSeriesPerInstrument { get; set; } = 2_000;

    /// <summary>
    /// The only port where metrics are served: 1 to 65535; any other answers 404. Decided by the connection's own port, never by what a request says. The application must listen there as well
    /// (<c>ASPNETCORE_URLS</c>). Default: the key <c>Metrics:ManagementPort</c>, else any port.
    /// </summary>
    public int? ManagementPort { get; set; }

    /// <summary>The service's name, shown with its version as <c>target_info</c>. Default: that of <c>OTEL_SERVICE_NAME</c> or <c>OTEL_RESOURCE_ATTRIBUTES</c>; without any, there is no <c>target_info</c>.</summary>
    public string? ServiceName { get; set; }

    /// <summary>The service's version. Default: none. Needs <see cref="ServiceName"/>.</summary>
    public string? ServiceVersion { get; set; }

    /// <summary>Further labels of <c>target_info</c>, <c>deployment.environment</c> say. Default: none. Never put secrets here.</summary>
    public IDictionary<string, string> ResourceAttributes { get; } = new Dictionary<string, string>(StringComparer.Ordinal);
}
