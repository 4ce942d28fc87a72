using Microsoft.AspNetCore.Http;

namespace Resilience.Health.AspNetCore;

/// <summary>What a query string may ask of the deep document: <c>fresh=1</c> or <c>true</c>, and <c>format=ui</c>, <c>json</c>, <c>health</c> or <c>text</c>.</summary>
/// <param name="Fresh">Whether checks are to be run again first.</param>
/// <param name="Format">The format, before any <c>Accept</c> header's.</param>
internal readonly record struct HealthQuery(bool Fresh, BodyFormat? Format)
{
    public static HealthQuery Of(QueryString query) => Read(query.Value);

    /// <summary>Everything but these words, spelled as above, is ignored; the first word of each kind counts.</summary>
    public static HealthQuery Read(ReadOnlySpan<char> query)
    {
        var fresh = false;
        BodyFormat? format = null;
        if (query is ['?', .. var rest])
            query = rest;
        foreach (var part in query.Split('&'))
        {
            if (query[part] is "fresh=1" or "fresh=true")
                fresh = true;
            else
                format ??= FormatOf(query[part]);
        }

        return new(fresh, format);
    }

    private static BodyFormat? FormatOf(ReadOnlySpan<char> part) => part switch
    {
        "format=json" => BodyFormat.Json,
        "format=health" => BodyFormat.HealthJson,
        "format=text" => BodyFormat.Text,
        "format=ui" or "format=xabaril" => BodyFormat.HealthChecksUi,
        _ => null,
    };
}
