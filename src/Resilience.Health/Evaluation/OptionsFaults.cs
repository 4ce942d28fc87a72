using System.Globalization;

namespace Resilience.Health;

/// <summary>The bounds of every option, and which go together: each fault with key, value, bound and fix.</summary>
internal static class OptionsFaults
{
    private static readonly TimeSpan Day = TimeSpan.FromHours(24), ShortestPeriod = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan ShortestTimeout = TimeSpan.FromMilliseconds(10), LongestTimeout = TimeSpan.FromMinutes(10);

    /// <summary>What a registration brings along itself, unless the options say otherwise.</summary>
    /// <param name="check">The registration.</param>
    /// <param name="period">What it asked for, before that was taken from it.</param>
    /// <param name="options">The options.</param>
    public static IEnumerable<string> Of(HealthCheckRegistration check, TimeSpan? period, HealthOptions options)
    {
        options.Checks.TryGetValue(check.Name, out var own);
        if (own?.Timeout is null && check.Timeout > TimeSpan.Zero && (check.Timeout < ShortestTimeout || check.Timeout > LongestTimeout))
            yield return Fault("timeout", check.Timeout, ShortestTimeout, LongestTimeout, "Timeout");
        if (own?.Period is null && (period < ShortestPeriod || period > Day))
            yield return Fault("period", period.Value, ShortestPeriod, Day, "Period");

        string Fault(string what, TimeSpan value, TimeSpan low, TimeSpan high, string key) =>
            $"Check '{check.Name}' is registered with the {what} {value} but that must be from {low} to {high}: correct the registration, or set Health:Checks:{check.Name}:{key}.";
    }

    public static List<string> Of(HealthOptions options)
    {
        var faults = new List<string>(options.ReadFaults);
        Time("Period", options.Period, ShortestPeriod, Day);
        Time("FailingPeriod", options.FailingPeriod, ShortestPeriod, Day);
        Time("Timeout", options.Timeout, ShortestTimeout, LongestTimeout);
        Number("MaxConcurrent", options.MaxConcurrent, 1, 1000);
        Number("FailureThreshold", options.FailureThreshold, 1, 100);
        Number("SuccessThreshold", options.SuccessThreshold, 1, 100);
        Time("StaleAfter", options.StaleAfter, TimeSpan.FromSeconds(1), TimeSpan.FromDays(7));
        if (options.StaleAfter <= options.Period * 1.1 + options.Timeout && options.Mode == EvaluationMode.Background)
            Add("StaleAfter", options.StaleAfter, $"more than Period and Timeout together, and a tenth ({options.Period * 1.1 + options.Timeout})", "raise it, or leave it out");
        Time("MinRefreshInterval", options.MinRefreshInterval, TimeSpan.Zero, TimeSpan.FromHours(1));
        if (!Enum.IsDefined(options.Mode))
            Add("Mode", options.Mode, "one of " + string.Join(", ", Enum.GetNames<EvaluationMode>()), "pick one");
        Time("DrainDelay", options.DrainDelay, TimeSpan.Zero, TimeSpan.FromMinutes(5));
        foreach (var path in options.ServeWhileStarting.Where(path => !path.StartsWith('/') || path.TrimEnd('/').Length == 0))
            Add("ServeWhileStarting", $"'{path}'", "paths that begin with a slash and go on", "correct it, or set RefuseWhileStarting to false");
        if (options.HeartbeatFile is { } file && (file.Length == 0 || Directory.Exists(file) || !Directory.Exists(Path.GetDirectoryName(Path.GetFullPath(file)))))
            Add("HeartbeatFile", $"'{file}'", "a file in a folder that exists", "create the folder, or correct the path");
        foreach (var (name, check) in options.Checks)
        {
            Time($"Checks:{name}:Period", check.Period, ShortestPeriod, Day);
            Time($"Checks:{name}:Timeout", check.Timeout, ShortestTimeout, LongestTimeout);
            Number($"Checks:{name}:FailureThreshold", check.FailureThreshold, 1, 100);
            Number($"Checks:{name}:SuccessThreshold", check.SuccessThreshold, 1, 100);
            if (check.HealthyText is { } word && !CheckLoop.IsWord(word))
                Add($"Checks:{name}:HealthyText", $"'{word}'", "1 to 40 lower-case letters and underscores", "for example connected");
        }

        return faults;

        void Time(string key, TimeSpan? value, TimeSpan low, TimeSpan high)
        {
            if (value is { } time && (time < low || time > high))
                Add(key, time, $"from {low} to {high}", "bring it within");
        }

        void Number(string key, int? value, int low, int high)
        {
            if (value is { } number && (number < low || number > high))
                Add(key, number, string.Create(CultureInfo.InvariantCulture, $"from {low} to {high}"), "bring it within");
        }

        void Add(string key, object? value, string bound, string fix) =>
            faults.Add(string.Create(CultureInfo.InvariantCulture, $"Health:{key} is {value} but must be {bound}: {fix}."));
    }
}
