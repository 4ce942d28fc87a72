using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace Resilience.Samples.Tests.Prometheus;

/// <summary>The files of samples/deploy/prometheus.</summary>
internal static partial class Shipped
{
    /// <summary>A minute of the rules takes so long here: nobody waits ten minutes for a test.</summary>
    public static readonly TimeSpan Minute = TimeSpan.FromSeconds(1.6);

    public static string Path(string name) => System.IO.Path.Combine(AppContext.BaseDirectory, "prometheus", name);

    /// <summary>The rules with each duration, of windows and of <c>for</c>, shortened alike.</summary>
    public static string QuickRules() => Durations().Replace(
        File.ReadAllText(Path("alerts.yml")),
        match =>
        {
            var seconds = int.Parse(match.Groups["number"].ValueSpan, CultureInfo.InvariantCulture) * (match.Groups["unit"].Value == "m" ? 60 : 1);
            return string.Create(CultureInfo.InvariantCulture, $"{match.Groups["before"]}{seconds * Minute.TotalMilliseconds / 60:0}ms{match.Groups["after"]}");
        });

    /// <summary>The dashboard's, by the title of their panels.</summary>
    public static IEnumerable<(string Panel, string Expression)> Expressions()
    {
        var dashboard = JsonDocument.Parse(File.ReadAllText(Path("dashboard.json"))).RootElement;
        foreach (var panel in dashboard.GetProperty("panels").EnumerateArray())
        {
            if (!panel.TryGetProperty("targets", out var targets))
                continue;
            foreach (var target in targets.EnumerateArray())
                yield return (panel.GetProperty("title").GetString() ?? "", Filled(target));
        }

        foreach (var annotation in dashboard.GetProperty("annotations").GetProperty("list").EnumerateArray())
        {
            if (annotation.TryGetProperty("expr", out _))
                yield return (annotation.GetProperty("name").GetString() ?? "", Filled(annotation));
        }
    }

    // As Grafana does; with a window that holds the whole outage.
    private static string Filled(JsonElement target) =>
        (target.GetProperty("expr").GetString() ?? "").Replace("$job", ".+", StringComparison.Ordinal).Replace("$instance", ".+", StringComparison.Ordinal)
            .Replace("$__rate_interval", "1m", StringComparison.Ordinal).Replace("$__range", "5m", StringComparison.Ordinal);

    [GeneratedRegex(@"(?<before>^ +for: |\[)(?<number>\d+)(?<unit>[sm])(?<after>$|\])", RegexOptions.Multiline)]
    private static partial Regex Durations();
}
