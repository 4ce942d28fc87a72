using System.Collections.Frozen;
using OpenTelemetry.Metrics;

namespace Resilience.Metrics.Prometheus;

/// <summary>
/// Which metric is shown under which name. Made again only when metrics come or go. Prometheus refuses a whole scrape over one doubled name, so names are given out by a rule that does not depend on the order in which
/// meters were made: who comes later in <see cref="FamilyKind"/> has its kind put behind its name.
/// </summary>
internal sealed class Families
{
    public static readonly Families None = new([], hasTarget: false);

    // Counters in .NET 10, though they rise and fall, and up-down counters in its documentation: to a counter that falls, rate() adds what was never there.
    private static readonly FrozenSet<string> Misdeclared = FrozenSet.Create(StringComparer.Ordinal, "dotnet.thread_pool.thread.count", "dotnet.thread_pool.queue.length");

    private readonly Metric[] _metrics;

    public Families(Metric[] metrics, bool hasTarget)
    {
        _metrics = metrics;
        All = Name(metrics, hasTarget);
    }

    public IReadOnlyList<Family> All { get; }

    public bool AreOf(List<Metric> metrics) => metrics.SequenceEqual(_metrics);

    private static List<Family> Name(Metric[] metrics, bool hasTarget)
    {
        var owners = new Dictionary<string, Family>(StringComparer.Ordinal);
        var families = new List<Family>();
        if (hasTarget)
            Claim(new("target", null, FamilyKind.Info, "The service that this comes from."));

        // Later ones first: of a meter that was disposed and made again, the one alive.
        var candidates =
            from metric in metrics.Reverse().OrderBy(metric => metric.Name, StringComparer.Ordinal).ThenBy(metric => metric.MeterName, StringComparer.Ordinal).ThenBy(metric => metric.MeterVersion, StringComparer.Ordinal)
            let kind = KindOf(metric)
            let name = FamilyName.Of(metric.Name, metric.Unit, kind, metric.MetricType is MetricType.LongSumNonMonotonic or MetricType.DoubleSumNonMonotonic)
            orderby kind
            select (metric, kind, name);
        foreach (var (metric, kind, wanted) in candidates)
        {
            var name = wanted;
            while (!IsFree(name.Name, kind))
                name = new($"{name.Name}_{kind.ToString().ToLowerInvariant()}", null);
            if (!owners.TryGetValue(name.Name, out var family))
                Claim(family = new(name.Name, name.Unit, kind, Help(metric)));
            family.Streams.Add(new(metric, family.Streams.Exists(later => IsSame(later.Metric, metric))));
        }

        foreach (var family in families.Where(family => family.Streams.Skip(1).Any(stream => !stream.ScopeLabels().SequenceEqual(family.Streams[0].ScopeLabels()))))
            family.Streams.ForEach(stream => stream.ShowScope());
        families.Sort((one, other) => string.CompareOrdinal(one.Name, other.Name));
        return families;

        bool IsFree(string name, FamilyKind kind) => Family.Claims(name, kind).All(claim => !owners.TryGetValue(claim, out var owner) || owner.Name == name && owner.Kind == kind);

        void Claim(Family family)
        {
            families.Add(family);
            foreach (var claim in Family.Claims(family.Name, family.Kind))
                owners.Add(claim, family);
        }
    }

    private static bool IsSame(Metric one, Metric other) =>
        one.Name == other.Name && one.Unit == other.Unit && one.Description == other.Description && one.MetricType == other.MetricType && one.MeterName == other.MeterName && one.MeterVersion == other.MeterVersion;

    private static string Help(Metric metric) =>
        metric.Description is { Length: > 0 } description ? description : $"The instrument {metric.Name} of the meter {metric.MeterName}.";

    private static FamilyKind KindOf(Metric metric) => metric.MetricType switch
    {
        _ when metric.MeterName == "System.Runtime" && Misdeclared.Contains(metric.Name) => FamilyKind.Gauge,
        MetricType.LongSum or MetricType.DoubleSum => FamilyKind.Counter,
        MetricType.Histogram or MetricType.ExponentialHistogram => FamilyKind.Histogram,
        _ => FamilyKind.Gauge,
    };
}
