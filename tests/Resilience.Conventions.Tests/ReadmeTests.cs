using System.Collections;
using System.Globalization;
using System.Reflection;
using Resilience.Client;
using Xunit;

namespace Resilience.Conventions.Tests;

public sealed class ReadmeTests
{
    [Fact]
    public void Options_table_lists_every_option_with_its_default()
    {
        var rows = File.ReadLines(Path.Combine(Repository.Root, "README.md"))
            .SkipWhile(line => line != "## Options").TakeWhile(line => line != "## Beside other packages")
            .Where(line => line.StartsWith("| `", StringComparison.Ordinal))
            .Select(row => row.Split('|', StringSplitOptions.TrimEntries))
            .Select(cells => $"{cells[1].Trim('`')} = {cells[2].Trim('`')}");

        Assert.Equal(Defaults("", new BackendOptions()).Order(StringComparer.Ordinal), rows.Order(StringComparer.Ordinal));
    }

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
