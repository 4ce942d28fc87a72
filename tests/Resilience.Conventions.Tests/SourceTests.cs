using System.Xml.Linq;
using Xunit;

namespace Resilience.Conventions.Tests;

public sealed class SourceTests
{
    private const int LongestFile = 200;

    [Fact]
    public void Files_of_packages_are_short_or_say_why_not()
    {
        var unexplained =
            from file in Repository.Files("src", "*.cs")
            let lines = File.ReadAllLines(file)
            where lines.Length > LongestFile && !lines.Take(5).Any(SaysWhy)
            select $"{Repository.Relative(file)} has {lines.Length} lines";
        AssertNone(unexplained, $"over {LongestFile} lines without a comment at the top saying why");
    }

    [Fact]
    public void Tests_wait_on_the_real_clock_only_where_listed()
    {
        var waiting =
            from file in Repository.Files("tests", "*.cs")
            let text = File.ReadAllText(file)
            where text.Contains("Thread.Sleep", StringComparison.Ordinal) || text.Contains("Task.Delay(", StringComparison.Ordinal)
            select Repository.Relative(file);
        var listed = Repository.List("sleeps.txt").Select(line => line.Split(':', 2)).ToList();
        AssertNone(listed.Where(line => line.Length < 2 || line[1].Trim().Length == 0).Select(line => line[0]), "listed in sleeps.txt without a reason");
        AssertNone(waiting.Except(listed.Select(line => line[0])), "waits on the real clock and is not in sleeps.txt");
        AssertNone(listed.Select(line => line[0]).Except(waiting), "listed in sleeps.txt but does not wait");
    }

    [Fact]
    public void Project_folder_assembly_root_namespace_and_package_share_one_name()
    {
        string[] renaming = ["AssemblyName", "RootNamespace", "PackageId"];
        string[] folders = ["src", "tests", "samples", "benchmarks"];
        var projects = folders.SelectMany(folder => Repository.Files(folder, "*.csproj")).ToList();
        AssertNone(
            projects.Where(project => Path.GetFileName(Path.GetDirectoryName(project)) != Path.GetFileNameWithoutExtension(project)).Select(Repository.Relative),
            "project file not named after its folder");
        AssertNone(
            from project in projects
            from item in XDocument.Load(project).Descendants()
            where renaming.Contains(item.Name.LocalName)
            select $"{Repository.Relative(project)} sets {item.Name.LocalName}",
            "project overrides the name its folder gives it");
    }

    private static bool SaysWhy(string line) =>
        line.TrimStart().StartsWith("//", StringComparison.Ordinal)
        && line.Split(' ', '.', ',', ':', ';').Any(word => word.Equals("because", StringComparison.OrdinalIgnoreCase) || word.Equals("long", StringComparison.OrdinalIgnoreCase));

    private static void AssertNone(IEnumerable<string> offenders, string what)
    {
        var found = offenders.ToList();
        Assert.True(found.Count == 0, $"{what}:\n{string.Join('\n', found)}");
    }
}
