using System.Globalization;
using System.Text.RegularExpressions;

namespace Resilience.Samples.Tests.Prometheus;

/// <summary>The files of samples/deploy/prometheus.</summary>
internal static partial class Shipped
{
    /// <summary>A minute of the rules takes so long here: nobody waits ten minutes for a test.</summary>
    public static readonly TimeSpan Minute = TimeSpan.FromSeconds(2);

    public static string Path(string name) => System.IO.Path.Combine(AppContext.BaseDirectory, "prometheus", name);

    /// <summary>The rules with each duration, of windows and of <c>for</c>, shortened alike.</summary>
    public static string QuickRules() => Durations().Replace(
        File.ReadAllText(Path("alerts.yml")),
        match =>
        {
            var seconds = int.Parse(match.Groups["number"].ValueSpan, CultureInfo.InvariantCulture) * (match.Groups["unit"].Value == "m" ? 60 : 1);
            return string.Create(CultureInfo.InvariantCulture, $"{match.Groups["before"]}{seconds * Minute.TotalMilliseconds / 60:0}ms{match.Groups["after"]}");
        });

    [GeneratedRegex(@"(?<before>^ +for: |\[)(?<number>\d+)(?<unit>[sm])(?<after>$|\])", RegexOptions.Multiline)]
    private static partial Regex Durations();
}
