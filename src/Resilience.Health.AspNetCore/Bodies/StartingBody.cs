using Microsoft.Extensions.Primitives;

namespace Resilience.Health.AspNetCore;

/// <summary>What is said to those who come while the service starts: problem details (RFC 9457), or a sentence. No details, the same for everybody.</summary>
internal static class StartingBody
{
    private static readonly byte[] Problem =
        """{"type":"https://tools.ietf.org/html/rfc9110#section-15.6.4","title":"The service is starting.","status":503}"""u8.ToArray();

    private static readonly byte[] Text = "The service is starting.\n"u8.ToArray();

    public static (string ContentType, byte[] Body) For(StringValues accept) =>
        Accept.Choose(accept) == BodyFormat.Text || IsPerson(accept) ? ("text/plain; charset=utf-8", Text) : ("application/problem+json", Problem);

    // Who looks at a page has no use for JSON.
    private static bool IsPerson(StringValues accept)
    {
        foreach (var line in accept)
        {
            if (line?.Contains("text/html", StringComparison.OrdinalIgnoreCase) == true)
                return true;
        }

        return false;
    }
}
