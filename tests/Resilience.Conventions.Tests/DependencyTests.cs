using System.Text.RegularExpressions;
using System.Xml.Linq;
using Xunit;

namespace Resilience.Conventions.Tests;

public sealed partial class DependencyTests
{
    [Fact]
    public void References_of_packages_are_exactly_the_listed_arrows()
    {
        var actual = Repository.PackageProjects.SelectMany(Arrows);
        AssertSame("arrows.txt", expected: Repository.List("arrows.txt"), actual);
    }

    [Fact]
    public void Central_package_versions_are_exactly_the_packages_the_decisions_explain()
    {
        var versions = XDocument.Load(Path.Combine(Repository.Root, "Directory.Packages.props"))
            .Descendants("PackageVersion").Select(item => (string?)item.Attribute("Include") ?? "");
        var explained = File.ReadLines(Path.Combine(Repository.Root, "docs", "decisions", "README.md"))
            .Where(line => line.StartsWith("| `", StringComparison.Ordinal))
            .SelectMany(row => Quoted().Matches(row.Split('|')[1])).Select(match => match.Groups[1].Value);
        AssertSame("docs/decisions/README.md", expected: explained, actual: versions);
    }

    private static IEnumerable<string> Arrows(string project) =>
        from item in XDocument.Load(project).Descendants()
        let kind = item.Name.LocalName
        where kind is "PackageReference" or "ProjectReference" or "FrameworkReference"
        let target = (string?)item.Attribute("Include") ?? ""
        let name = kind == "ProjectReference" ? Path.GetFileNameWithoutExtension(target.Replace('\\', '/')) : target
        select $"{Path.GetFileNameWithoutExtension(project)} -> {name} ({kind[..^"Reference".Length].ToLowerInvariant()})";

    private static void AssertSame(string list, IEnumerable<string> expected, IEnumerable<string> actual)
    {
        var listed = expected.ToHashSet();
        var found = actual.ToHashSet();
        var faults = found.Except(listed).Select(name => $"+ {name} is used but not listed")
            .Concat(listed.Except(found).Select(name => $"- {name} is listed but not used")).ToList();
        Assert.True(faults.Count == 0, $"{list} and the projects differ:\n{string.Join('\n', faults)}");
    }

    [GeneratedRegex("`([^`]+)`")]
    private static partial Regex Quoted();
}
