using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;
using Microsoft.Net.Http.Headers;

namespace Resilience.Metrics.Prometheus;

/// <summary>
/// What a scraper is given (RFC 9110, 12.5). OpenMetrics if it is asked for by name, in version 1.0.0, and not less than text; else text, also to those who accept neither: a refusal would help nobody.
/// </summary>
internal static class Negotiation
{
    private const string OpenMetricsType = "application/openmetrics-text", TextType = "text/plain";

    public static Format Choose(IHeaderDictionary headers) => Formats.Of(WantsOpenMetrics(headers.Accept), WantsGzip(headers.AcceptEncoding));

    private static bool WantsOpenMetrics(StringValues accept)
    {
        if (!MediaTypeHeaderValue.TryParseList(accept, out var ranges))
            return false;
        double openMetrics = 0, text = 0;
        var textRank = 0;
        foreach (var range in ranges)
        {
            var quality = range.Quality ?? 1;
            if (range.MediaType.Equals(OpenMetricsType, StringComparison.OrdinalIgnoreCase))
            {
                if (IsOurs(range, "1.0.0"))
                    openMetrics = Math.Max(openMetrics, quality);
            }
            else if (Rank(range) is > 0 and var rank && rank >= textRank)
                (textRank, text) = (rank, rank > textRank ? quality : Math.Max(text, quality));
        }

        return openMetrics > 0 && openMetrics >= text;
    }

    // How exactly a range means the text format: of several, the most specific one counts.
    private static int Rank(MediaTypeHeaderValue range) =>
        range.MediaType.Equals(TextType, StringComparison.OrdinalIgnoreCase) ? IsOurs(range, "0.0.4") ? 3 : 0
        : range.MediaType.Equals("text/*", StringComparison.OrdinalIgnoreCase) ? 2
        : range.MediaType.Equals("*/*", StringComparison.Ordinal) ? 1
        : 0;

    private static bool IsOurs(MediaTypeHeaderValue range, string version)
    {
        foreach (var parameter in range.Parameters)
        {
            if (parameter.Name.Equals("version", StringComparison.OrdinalIgnoreCase))
                return HeaderUtilities.RemoveQuotes(parameter.Value).Equals(version, StringComparison.Ordinal);
        }

        return true;
    }

    private static bool WantsGzip(StringValues acceptEncoding)
    {
        if (!StringWithQualityHeaderValue.TryParseList(acceptEncoding, out var codings))
            return false;
        double? named = null, any = null;
        foreach (var coding in codings)
        {
            if (coding.Value.Equals("gzip", StringComparison.OrdinalIgnoreCase) || coding.Value.Equals("x-gzip", StringComparison.OrdinalIgnoreCase))
                named = coding.Quality ?? 1;
            else if (coding.Value.Equals("*", StringComparison.Ordinal))
                any = coding.Quality ?? 1;
        }

        return (named ?? any ?? 0) > 0;
    }
}
