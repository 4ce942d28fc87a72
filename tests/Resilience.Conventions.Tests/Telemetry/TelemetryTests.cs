using System.Diagnostics.Metrics;
using Xunit;

namespace Resilience.Conventions.Tests.Telemetry;

/// <summary>That <c>docs/telemetry.md</c> and what the packages really measure are one, both ways.</summary>
public sealed class TelemetryTests(MeasuringApp app) : IClassFixture<MeasuringApp>
{
    public static TheoryData<string> Packages => [.. TelemetryNamesOf.Packages];

    [Fact]
    public void Packages_of_the_document_are_those_that_measure() =>
        Assert.Equal(
            TelemetryNamesOf.Packages.Order(StringComparer.Ordinal),
            File.ReadLines(TelemetryDocument.Path).Where(line => line.StartsWith("## Metrics of ", StringComparison.Ordinal)).Select(line => line[14..]).Order(StringComparer.Ordinal));

    [Theory]
    [MemberData(nameof(Packages))]
    public void Instruments_of_the_code_are_those_of_the_document_with_kind_and_unit(string package)
    {
        var names = TelemetryNamesOf.Package(package);
        var created = app.Heard(package).Instruments;
        Assert.Equal(package, names.Meter);
        Assert.Contains($"Meter `{package}`.", string.Join('\n', TelemetryDocument.Section($"## Metrics of {package}")), StringComparison.Ordinal);
        Assert.Equal(names.Instruments.Order(StringComparer.Ordinal), created.Select(instrument => instrument.Name).Order(StringComparer.Ordinal));
        Assert.Equal(
            created.Select(instrument => $"{instrument.Name} | {Kind(instrument)} | {instrument.Unit}").Order(StringComparer.Ordinal),
            TelemetryDocument.Instruments(package).Select(row => row.Shape).Order(StringComparer.Ordinal));
        Assert.All(created, instrument => Assert.True(instrument.Description is { Length: > 10 } text && text.EndsWith('.'), $"{instrument.Name} lacks a sentence that describes it"));
    }

    [Theory]
    [MemberData(nameof(Packages))]
    public void Tags_of_measurements_are_those_of_the_document(string package)
    {
        var rows = TelemetryDocument.Instruments(package).ToDictionary(row => row.Name);
        var measured = app.Heard(package).All;
        Assert.NotEmpty(measured);
        Assert.All(measured, kept => Assert.True(
            rows[kept.Name].Tags.Order(StringComparer.Ordinal).SequenceEqual(kept.Tags.Keys.Order(StringComparer.Ordinal)), $"{kept} has other tags than {string.Join(", ", rows[kept.Name].Tags)}"));
    }

    [Theory]
    [MemberData(nameof(Packages))]
    public void Tags_of_the_document_are_constants_and_constants_are_in_the_document(string package)
    {
        var names = TelemetryNamesOf.Package(package);
        var ofTables = TelemetryDocument.Instruments(package).SelectMany(row => row.Tags).Distinct().ToList();
        Assert.Empty(ofTables.Concat(TelemetryDocument.TagsWithValues(package)).Except(names.Tags));
        Assert.Empty(names.All.Except(File.ReadLines(TelemetryDocument.Path).SelectMany(TelemetryDocument.Words)));
        Assert.Empty(ofTables.Except(["check", "backend"]).Except(TelemetryDocument.TagsWithValues(package))); // Those two are names that somebody gave.
    }

    [Theory]
    [MemberData(nameof(Packages))]
    public void Names_in_Prometheus_are_those_that_it_is_told(string package)
    {
        var rows = TelemetryDocument.Instruments(package);
        Assert.All(rows, row => Assert.Equal(InPrometheus(row), row.InPrometheus));

        var prefix = package.Replace('.', '_').ToLowerInvariant() + '_';
        var told = app.Scraped.Split('\n').Where(line => line.StartsWith($"# TYPE {prefix}", StringComparison.Ordinal)).Select(line => string.Join(' ', line.Split(' ')[2..])).ToList();
        Assert.Empty(told.Except(rows.Select(row => $"{row.InPrometheus} {row.Kind}")));
        Assert.Empty(app.Heard(package).All.Select(kept => kept.Name).Distinct().Except(rows.Where(row => told.Contains($"{row.InPrometheus} {row.Kind}")).Select(row => row.Name)));
    }

    // The rule; what is told shows whether it holds.
    private static string InPrometheus(InstrumentRow row)
    {
        var name = row.Name.Replace('.', '_');
        var unit = row.Unit switch { "s" => "_seconds", "By" => "_bytes", "1" => "_ratio", _ => "" };
        return name + unit + (row.Kind == "counter" ? "_total" : "");
    }

    private static string Kind(Instrument instrument)
    {
        var type = instrument.GetType().GetGenericTypeDefinition();
        return type == typeof(Histogram<>) ? "histogram"
            : type == typeof(Counter<>) || type == typeof(ObservableCounter<>) ? "counter"
            : type == typeof(Gauge<>) || type == typeof(ObservableGauge<>) ? "gauge"
            : type.Name;
    }
}
