using System.Reflection;

namespace Resilience.Conventions.Tests.Telemetry;

/// <summary>The constants of a package's <c>TelemetryNames</c>.</summary>
internal sealed class TelemetryNamesOf
{
    private readonly Type _names;

    private TelemetryNamesOf(Type names) => _names = names;

    /// <summary>Every package that measures.</summary>
    public static IEnumerable<string> Packages => Repository.PackageNames.Where(package => Find(package) is not null);

    public string Meter => Constants(_names).Single(constant => constant.Name == "Meter").Value;

    public IReadOnlyList<string> Instruments => Nested("Instruments");

    public IReadOnlyList<string> Tags => Nested("Tags");

    public static TelemetryNamesOf Package(string package) => new(Find(package) ?? throw new InvalidOperationException($"{package} has no TelemetryNames."));

    /// <summary>All that are nested in it: activities and events, too.</summary>
    public IEnumerable<string> All => _names.GetNestedTypes(BindingFlags.Public | BindingFlags.NonPublic).SelectMany(Constants).Select(constant => constant.Value);

    private static Type? Find(string package) => Assembly.Load(package).GetType($"{package}.TelemetryNames");

    private List<string> Nested(string type) => [.. Constants(_names.GetNestedType(type) ?? throw new InvalidOperationException($"{_names} lacks {type}.")).Select(constant => constant.Value)];

    private static IEnumerable<(string Name, string Value)> Constants(Type type) =>
        type.GetFields(BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Static).Where(field => field.IsLiteral).Select(field => (field.Name, (string)field.GetRawConstantValue()!)); // All are texts.
}
