using System.Reflection;
using Xunit;

namespace Resilience.Conventions.Tests;

/// <summary>
/// What users can name is written down in <c>api/</c>, one file per package, so that a change of it shows in a review.
/// <c>ACCEPT_API=1</c> rewrites the files instead of comparing them.
/// </summary>
public sealed class PublicSurfaceTests
{
    public static TheoryData<string> Packages => [.. Repository.PackageNames];

    [Theory]
    [MemberData(nameof(Packages))]
    public void Public_surface_is_the_accepted_one(string package)
    {
        var path = Path.Combine(Repository.ConventionsFolder, "api", $"{package}.txt");
        var actual = PublicSurface.Of(Assembly.Load(package)).ToList();
        if (Environment.GetEnvironmentVariable("ACCEPT_API") == "1")
            File.WriteAllText(path, string.Concat(actual.Select(line => line + '\n')));

        string[] accepted = File.Exists(path) ? File.ReadAllLines(path) : [];
        Assert.True(
            accepted.SequenceEqual(actual),
            $"The public surface of {package} changed. If that is meant, run the tests once with ACCEPT_API=1 and commit the file.\n"
            + $"--- {Repository.Relative(path)}\n+++ {package}\n{string.Join('\n', Diff(accepted, actual))}");
    }

    /// <summary>Lines only one side has; the heading line of the type each belongs to goes before it.</summary>
    private static IEnumerable<string> Diff(IReadOnlyList<string> accepted, IReadOnlyList<string> actual)
    {
        var before = InContext(accepted);
        var after = InContext(actual);
        return before.Except(after).Select(line => (line.Type, line.Text, Sign: '-'))
            .Concat(after.Except(before).Select(line => (line.Type, line.Text, Sign: '+')))
            .GroupBy(line => line.Type)
            .OrderBy(group => group.Key, StringComparer.Ordinal)
            .SelectMany(group => group.Select(line => $"{line.Sign} {line.Text}").Prepend($"@@ {group.Key} @@"))
            .DefaultIfEmpty("(only the order differs)");
    }

    private static List<(string Type, string Text)> InContext(IEnumerable<string> lines)
    {
        var type = "";
        return [.. lines.Select(line => (type = line.StartsWith(' ') ? type : line, line))];
    }
}
