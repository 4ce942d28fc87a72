using System.Buffers;

namespace Resilience.Health.AspNetCore;

internal enum HealthQuestion
{
    Summary,
    Deep,
    Live,
    Ready,
    Startup,
    Group,
    StatusPage,
}

/// <summary>One path and what it asks.</summary>
/// <param name="Path">From the root, without a slash at its end.</param>
/// <param name="Question">What it asks.</param>
/// <param name="Group">Of which group, if it asks for one.</param>
internal sealed record HealthPath(string Path, HealthQuestion Question, string? Group = null)
{
    private static readonly SearchValues<char> NotPlain = SearchValues.Create("{}*?#% \\");

    /// <summary>Whether the answer is for those only who may see details.</summary>
    public bool IsForTrusted => Question is HealthQuestion.Deep or HealthQuestion.StatusPage;

    /// <summary>What was answered last, by format and exposure.</summary>
    public Answer?[] Answers { get; } = new Answer?[Enum.GetValues<BodyFormat>().Length * Enum.GetValues<Exposure>().Length];

    public static IReadOnlyList<HealthPath> All(string basePath, HealthEndpointOptions options, IEnumerable<string> groups)
    {
        var root = Clean(basePath, nameof(basePath));
        List<HealthPath> paths = [
            new(root, HealthQuestion.Summary), new(root + "/live", HealthQuestion.Live), new(root + "/ready", HealthQuestion.Ready), new(root + "/startup", HealthQuestion.Startup)];
        if (options.Deep)
            paths.Add(new(root + "/deep", HealthQuestion.Deep));
        if (options.StatusPage)
            paths.Add(new(root + "/ui", HealthQuestion.StatusPage));
        paths.AddRange(groups.Select(group => new HealthPath($"{root}/{group}", HealthQuestion.Group, group)));
        foreach (var (alias, name) in options.Aliases)
        {
            var original = paths.Find(path => path.Path.Equals(name.Length == 0 ? root : $"{root}/{name}", StringComparison.OrdinalIgnoreCase))
                ?? throw new ArgumentException($"Alias '{alias}' stands for '{name}', which is none of {string.Join(", ", paths.Select(path => $"'{path.Path[root.Length..].TrimStart('/')}'"))}.", nameof(options));
            paths.Add(original with { Path = Clean(alias, nameof(options)) });
        }

        return paths;
    }

    private static string Clean(string path, string parameter)
    {
        ArgumentNullException.ThrowIfNull(path, parameter);
        var clean = path.Length > 1 ? path.TrimEnd('/') : path;
        return clean.Length > 1 && clean[0] == '/' && !clean.Contains("//", StringComparison.Ordinal) && clean.AsSpan().IndexOfAny(NotPlain) < 0
            ? clean
            : throw new ArgumentException($"'{path}' is no path for health endpoints: it must begin with / and have at least one plain segment, as /health or /api/health.", parameter);
    }
}
