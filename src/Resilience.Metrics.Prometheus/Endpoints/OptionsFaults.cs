using System.Globalization;
using Microsoft.Extensions.Configuration;

namespace Resilience.Metrics.Prometheus;

/// <summary>What cannot be meant, told all at once. A mistyped port would otherwise show metrics to everybody.</summary>
internal sealed class OptionsFaults
{
    private const int MostSeries = 1_000_000;

    private readonly List<string> _faults = [];

    /// <summary>The section <c>Metrics</c>. The platform reads it as well (<c>Metrics:EnabledMetrics</c>), so what is not ours there is left alone.</summary>
    public void Read(PrometheusOptions options, IConfiguration? configuration)
    {
        if (configuration?["Metrics:ManagementPort"] is not { Length: > 0 } text)
            return;
        if (int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var port))
            options.ManagementPort = port;
        else
            _faults.Add($"Metrics:ManagementPort is '{text}', which is no number: give a port from 1 to 65535, or leave it out.");
    }

    public void ThrowIfAny(PrometheusOptions options)
    {
        if (options.ManagementPort is < 1 or > 65535)
            _faults.Add($"Metrics:ManagementPort is {options.ManagementPort}: give a port from 1 to 65535 that the application listens on, or leave it out.");
        if (options.MaxSeriesPerInstrument is < 1 or > MostSeries)
            _faults.Add($"{nameof(options.MaxSeriesPerInstrument)} is {options.MaxSeriesPerInstrument}: give 1 to {MostSeries}; 2000 is the default.");
        if (options.Meters.Count == 0)
            _faults.Add($"{nameof(options.Meters)} is empty: name a meter, or do not clear the defaults.");
        if (options.Meters.Any(string.IsNullOrWhiteSpace))
            _faults.Add($"{nameof(options.Meters)} holds an empty name: name a meter, \"Orders.*\" say, or take it out.");
        if (options.ServiceName is not null && string.IsNullOrWhiteSpace(options.ServiceName))
            _faults.Add($"{nameof(options.ServiceName)} is empty: give a name, or leave it out.");
        if (options.ServiceVersion is not null && options.ServiceName is null)
            _faults.Add($"{nameof(options.ServiceVersion)} is '{options.ServiceVersion}' without a name: set {nameof(options.ServiceName)} too.");
        if (options.ResourceAttributes.Keys.Any(string.IsNullOrWhiteSpace))
            _faults.Add($"{nameof(options.ResourceAttributes)} holds an empty name: give one, \"deployment.environment\" say, or take it out.");
        if (_faults.Count > 0)
            throw new InvalidOperationException("MapMetrics cannot work like this:\n- " + string.Join("\n- ", _faults));
    }
}
