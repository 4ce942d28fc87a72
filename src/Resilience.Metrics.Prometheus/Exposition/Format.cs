namespace Resilience.Metrics.Prometheus;

/// <summary>What a scraper can be given. Values index the bodies of a <see cref="Round"/>.</summary>
internal enum Format
{
    Text,
    OpenMetrics,
    GzippedText,
    GzippedOpenMetrics,
}

internal static class Formats
{
    public const int Count = 4;

    public static Format Of(bool openMetrics, bool gzip) => (Format)((openMetrics ? 1 : 0) + (gzip ? 2 : 0));

    public static bool IsOpenMetrics(this Format format) => format is Format.OpenMetrics or Format.GzippedOpenMetrics;

    public static bool IsGzipped(this Format format) => format >= Format.GzippedText;

    public static string ContentType(this Format format) => format.IsOpenMetrics()
        ? "application/openmetrics-text; version=1.0.0; charset=utf-8"
        : "text/plain; version=0.0.4; charset=utf-8";
}
