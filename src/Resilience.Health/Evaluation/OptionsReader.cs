using System.Globalization;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Options;

namespace Resilience.Health;

/// <summary>
/// Brings the section <c>Health</c> into the options and remembers what it could not use. Written out by hand: the platform's binder passes over unknown keys, stops
/// at the first fault, and its reflection does not survive trimming.
/// </summary>
internal sealed class OptionsReader(IConfiguration? configuration) : IConfigureOptions<HealthOptions>
{
    public void Configure(HealthOptions options)
    {
        if (configuration is null)
            return;
        var section = new Section(configuration.GetSection("Health"), options.ReadFaults);
        section.Time("Period", value => options.Period = value);
        section.Time("FailingPeriod", value => options.FailingPeriod = value);
        section.Time("Timeout", value => options.Timeout = value);
        section.Number("MaxConcurrent", value => options.MaxConcurrent = value);
        section.Number("FailureThreshold", value => options.FailureThreshold = value);
        section.Number("SuccessThreshold", value => options.SuccessThreshold = value);
        section.Time("StaleAfter", value => options.StaleAfter = value);
        section.Time("MinRefreshInterval", value => options.MinRefreshInterval = value);
        section.Read("Mode", "one of " + string.Join(", ", Enum.GetNames<EvaluationMode>()), ToMode, value => options.Mode = value);
        section.Time("DrainDelay", value => options.DrainDelay = value);
        section.Text("HeartbeatFile", value => options.HeartbeatFile = value);
        section.Flag("WarnOnly", value => options.WarnOnly = value);
        foreach (var child in section.Children("Checks"))
        {
            child.RejectValue();
            var check = options.Check(child.Name);
            child.Flag("Critical", value => check.Critical = value);
            child.Time("Period", value => check.Period = value);
            child.Time("Timeout", value => check.Timeout = value);
            child.Number("FailureThreshold", value => check.FailureThreshold = value);
            child.Number("SuccessThreshold", value => check.SuccessThreshold = value);
            child.Text("HealthyText", value => check.HealthyText = value);
            child.Flag("InProcess", value => check.InProcess = value);
            child.RejectUnknown();
        }

        foreach (var child in section.Children("Groups"))
            options.Groups[child.Name] = child.List();
        section.RejectUnknown();
    }

    private static EvaluationMode? ToMode(string text) =>
        Enum.GetNames<EvaluationMode>().Contains(text, StringComparer.OrdinalIgnoreCase) ? Enum.Parse<EvaluationMode>(text, ignoreCase: true) : null;

    /// <summary>One section, and which of its keys were asked for.</summary>
    private sealed class Section(IConfigurationSection section, List<string> faults)
    {
        private readonly HashSet<string> _known = new(StringComparer.OrdinalIgnoreCase);

        public string Name => section.Key;

        public IEnumerable<Section> Children(string key)
        {
            _known.Add(key);
            return section.GetSection(key).GetChildren().Select(child => new Section(child, faults));
        }

        public string[] List() => section.Value is { } one
            ? one.Split([' ', ','], StringSplitOptions.RemoveEmptyEntries)
            : [.. section.GetChildren().Select(child => child.Value ?? "")];

        public void Time(string key, Action<TimeSpan> set) => Read(key, "hours:minutes:seconds; 2.5 seconds are 00:00:02.5", ToTime, set);

        public void Number(string key, Action<int> set) => Read<int>(key, "a whole number",
            text => int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) ? number : null, set);

        public void Flag(string key, Action<bool> set) => Read<bool>(key, "true or false", text => bool.TryParse(text, out var flag) ? flag : null, set);

        public void Text(string key, Action<string> set)
        {
            _known.Add(key);
            if (Value(key, "a text") is { } text)
                set(text);
        }

        public void Read<T>(string key, string wanted, Func<string, T?> parse, Action<T> set) where T : struct
        {
            _known.Add(key);
            if (Value(key, wanted) is not { } text)
                return;
            if (parse(text) is { } value)
                set(value);
            else
                faults.Add($"{section.Path}:{key} is '{text}' but must be {wanted}.");
        }

        public void RejectValue()
        {
            if (!string.IsNullOrEmpty(section.Value))
                faults.Add($"{section.Path} is '{section.Value}' but must be a section with keys of its own.");
        }

        private string? Value(string key, string wanted)
        {
            if (section[key] is null && section.GetSection(key).GetChildren().Any())
                faults.Add($"{section.Path}:{key} has keys below it but must be {wanted}.");
            return section[key];
        }

        public void RejectUnknown()
        {
            foreach (var child in section.GetChildren().Where(child => !_known.Contains(child.Key)))
                faults.Add($"{child.Path} is unknown; known are {string.Join(", ", _known.Order(StringComparer.Ordinal))}.");
        }

        // The platform takes a bare number for days, 00:30 for half an hour and 25:00:00 for 25 days, which nobody means.
        private static TimeSpan? ToTime(string text) =>
            text.Split(':') is [var hours, _, _] && TimeSpan.TryParse(text, CultureInfo.InvariantCulture, out var time)
            && (time.Days == 0 || hours.Contains('.', StringComparison.Ordinal)) ? time : null;
    }
}
