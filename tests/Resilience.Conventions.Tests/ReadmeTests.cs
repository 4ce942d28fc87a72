using System.Collections;
using System.Globalization;
using System.Reflection;
using Resilience.Client;
using Resilience.Health;
using Resilience.Hosting;
using Xunit;

namespace Resilience.Conventions.Tests;

public sealed class ReadmeTests
{
    [Fact]
    public void Options_table_lists_every_option_with_its_default() =>
        Assert.Equal(Defaults("", new BackendOptions()).Order(StringComparer.Ordinal),
            Table("README.md").Select(row => $"{row.Key} = {row.Default.Trim('`')}").Order(StringComparer.Ordinal));

    [Fact]
    public void Health_options_table_lists_every_option_with_its_default()
    {
        var rows = Table("src/Resilience.Health/README.md").ToDictionary(row => row.Key, row => row.Default);
        foreach (var property in typeof(HealthOptions).GetProperties())
        {
            var key = property.Name switch { "Checks" => "Checks:<name>:…", "Groups" => "Groups:<name>", var name => name };
            Assert.True(rows.Remove(key, out var written), $"{key} is missing");
            if (property.PropertyType.IsValueType && property.GetValue(new HealthOptions()) is { } value) // What is null is explained in words.
                Assert.Equal($"`{Shown(value)}`", written);
        }

        Assert.Empty(rows.Keys);
    }

    [Fact]
    public void Startup_gate_options_table_lists_every_option_with_its_default()
    {
        var rows = Table("src/Resilience.Hosting/README.md", "### Options").ToDictionary(row => row.Key, row => row.Default);
        foreach (var property in typeof(StartupGateOptions).GetProperties().Where(property => property.Name != "Checks"))
        {
            Assert.True(rows.Remove(property.Name, out var written), $"{property.Name} is missing");
            Assert.Equal($"`{Shown(property.GetValue(new StartupGateOptions()))}`", written);
        }

        Assert.Equal(typeof(StartupCheckOptions).GetProperties().Select(property => $"Checks:<name>:{property.Name}").Order(StringComparer.Ordinal), rows.Keys.Order(StringComparer.Ordinal));
    }

    private static IEnumerable<(string Key, string Default)> Table(string readme, string heading = "## Options") =>
        from line in File.ReadLines(Path.Combine(Repository.Root, readme)).SkipWhile(line => line != heading)
            .Skip(1).TakeWhile(line => !line.StartsWith("## ", StringComparison.Ordinal))
        where line.StartsWith("| `", StringComparison.Ordinal)
        let cells = line.Split('|', StringSplitOptions.TrimEntries)
        select (cells[1].Trim('`'), cells[2]);

    private static IEnumerable<string> Defaults(string path, object options)
    {
        foreach (var property in options.GetType().GetProperties(BindingFlags.Public | BindingFlags.Instance))
        {
            var value = property.GetValue(options);
            if (value?.GetType() is { IsClass: true, Namespace: "Resilience.Client" })
            {
                foreach (var nested in Defaults($"{path}{property.Name}:", value))
                    yield return nested;
            }
            else
            {
                yield return $"{path}{property.Name} = {Shown(value)}";
            }
        }
    }

    private static string Shown(object? value) => value switch
    {
        null => "required",
        bool flag => flag ? "true" : "false",
        TimeSpan time => time.ToString("c", CultureInfo.InvariantCulture) is var text && text.Contains('.', StringComparison.Ordinal) ? text.TrimEnd('0') : text,
        string text => text,
        IEnumerable list => string.Join(' ', list.Cast<object>()),
        _ => Convert.ToString(value, CultureInfo.InvariantCulture) ?? "",
    };
}
