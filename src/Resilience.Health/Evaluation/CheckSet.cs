namespace Resilience.Health;

/// <summary>The registered checks, what is wrong with them as a set, and the groups they form.</summary>
internal sealed class CheckSet(IReadOnlyList<HealthCheckRegistration> registrations, HealthOptions options)
{
    private static readonly string[] OurTags = [CheckTags.Startup, CheckTags.Live];

    /// <summary>Names of groups that would hide an endpoint of ours.</summary>
    private static readonly string[] Reserved = ["live", "ready", "startup", "deep", "ui"];

    /// <summary>Each name once: of two with one name, the first.</summary>
    public IReadOnlyList<HealthCheckRegistration> Checks { get; } = [.. registrations.DistinctBy(check => check.Name, StringComparer.OrdinalIgnoreCase)];

    public IReadOnlyDictionary<string, IReadOnlyList<string>> Groups() => options.Groups.ToDictionary(
        group => group.Key, group => (IReadOnlyList<string>)[.. Checks.Where(check => group.Value.Any(entry => Is(check, entry))).Select(check => check.Name)],
        StringComparer.OrdinalIgnoreCase);

    public IEnumerable<string> Faults() => Names().Concat(Tags()).Concat(Silent()).Concat(Configured()).Concat(GroupFaults());

    private IEnumerable<string> Names()
    {
        foreach (var same in registrations.GroupBy(check => check.Name, StringComparer.OrdinalIgnoreCase).Where(same => same.Count() > 1))
            yield return $"{same.Count()} checks are named '{same.Key}', and names are not case-sensitive: rename all but one.";
        if (registrations.Any(check => string.IsNullOrWhiteSpace(check.Name)))
            yield return "A check has an empty name: give it one.";
    }

    private IEnumerable<string> Tags() =>
        from check in Checks
        from tag in check.Tags
        let meant = Array.Find(OurTags, ours => Words.IsSlip(tag, ours))
        where meant is not null
        select $"Check '{check.Name}' carries the unknown tag '{tag}': did you mean '{meant}'? Use CheckTags, or a tag that cannot be mistaken for it.";

    /// <summary>Checks whose failure would never show.</summary>
    private IEnumerable<string> Silent()
    {
        foreach (var check in Checks)
        {
            var isOptional = options.Checks.TryGetValue(check.Name, out var own) && own?.Critical == false || check.FailureStatus != HealthStatus.Unhealthy;
            if (check.FailureStatus == HealthStatus.Healthy)
                yield return $"Check '{check.Name}' is registered to fail as Healthy, so that its failure would never show: use failureStatus Degraded or Unhealthy.";
            else if (isOptional && check.Tags.Contains(CheckTags.Live, StringComparer.OrdinalIgnoreCase))
                yield return $"Check '{check.Name}' carries '{CheckTags.Live}' but is optional, so that its failure would never show: register it with failureStatus Unhealthy, or remove the tag.";
        }
    }

    private IEnumerable<string> Configured()
    {
        foreach (var (name, own) in options.Checks)
        {
            if (Checks.FirstOrDefault(check => check.Name.Equals(name, StringComparison.OrdinalIgnoreCase)) is not { } check)
                yield return $"Health:Checks:{name} configures a check that does not exist{Hint(name, Checks.Select(other => other.Name))}";
            else if (own.Critical == true && check.FailureStatus != HealthStatus.Unhealthy)
                yield return $"Health:Checks:{name}:Critical is true, but the check is registered to fail as {check.FailureStatus}: register it with failureStatus Unhealthy, or leave it optional.";
        }
    }

    private IEnumerable<string> GroupFaults()
    {
        foreach (var (name, entries) in options.Groups)
        {
            if (name.Length == 0 || !name.All(letter => char.IsAsciiLetterOrDigit(letter) || letter is '-' or '_' or '.') || name.Trim('.').Length == 0)
                yield return $"Group '{name}' is to be part of a path: name it with letters, digits, '-', '_' and '.' only.";
            else if (Reserved.Contains(name, StringComparer.OrdinalIgnoreCase))
                yield return $"Group '{name}' would hide the endpoint of that name: rename it.";
            if (entries.Count == 0)
                yield return $"Group '{name}' is empty and would always be healthy: name tags or checks in it, or remove it.";
            foreach (var entry in entries.Where(entry => !Checks.Any(check => Is(check, entry))))
                yield return $"Group '{name}' names '{entry}', which is neither a tag nor a check{Hint(entry, Checks.SelectMany(check => check.Tags.Append(check.Name)))}";
        }
    }

    private static bool Is(HealthCheckRegistration check, string entry) =>
        check.Name.Equals(entry, StringComparison.OrdinalIgnoreCase) || check.Tags.Contains(entry, StringComparer.OrdinalIgnoreCase);

    private static string Hint(string word, IEnumerable<string> known)
    {
        var all = known.Distinct(StringComparer.OrdinalIgnoreCase).ToArray();
        return Words.Near(word, all) is { } meant ? $": did you mean '{meant}'?" : all.Length == 0 ? ": there are none." : $": there are {string.Join(", ", all.Take(20))}.";
    }
}
