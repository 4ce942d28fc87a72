using System.Reflection;

namespace Resilience.Conventions.Tests;

/// <summary>The source tree this test was built from, and the assemblies built from it.</summary>
internal static class Repository
{
    public static string Root { get; } = FindRoot();

    public static string ConventionsFolder { get; } = Path.Combine(Root, "tests", "Resilience.Conventions.Tests");

    public static IEnumerable<string> PackageProjects => Files("src", "*.csproj");

    public static IEnumerable<string> PackageNames => PackageProjects.Select(project => Path.GetFileNameWithoutExtension(project));

    public static IEnumerable<Assembly> PackageAssemblies => PackageNames.Select(Assembly.Load);

    /// <summary>Files below a folder of the repository, without what a build writes there; an absent folder has none.</summary>
    public static IEnumerable<string> Files(string folder, string pattern)
    {
        var path = Path.Combine(Root, folder);
        return !Directory.Exists(path)
            ? []
            : Directory.EnumerateFiles(path, pattern, SearchOption.AllDirectories)
                .Where(file => !Relative(file).Split('/').Any(part => part is "bin" or "obj"))
                .Order(StringComparer.Ordinal);
    }

    /// <summary>A path as the lists of exceptions write it: from the root, with slashes.</summary>
    public static string Relative(string file) => Path.GetRelativePath(Root, file).Replace('\\', '/');

    /// <summary>The lines of one of this project's lists, without comments and blank lines.</summary>
    public static IEnumerable<string> List(string name) =>
        File.ReadLines(Path.Combine(ConventionsFolder, name)).Where(line => line.Trim() is { Length: > 0 } text && text[0] != '#');

    private static string FindRoot()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "Resilience.sln")))
            folder = folder.Parent;
        return folder?.FullName ?? throw new InvalidOperationException($"No Resilience.sln above {AppContext.BaseDirectory}.");
    }
}
