using System.ComponentModel;
using System.Globalization;
using Microsoft.Extensions.Configuration;

namespace Resilience.Health;

/// <summary>
/// Reads one section of the configuration key by key, and remembers what it could not use: for the options of packages that build on this one. Written out by hand: the platform's binder
/// passes over unknown keys, stops at the first fault, and its reflection does not survive trimming. Not thread-safe.
/// </summary>
/// <param name="section">The section.</param>
/// <param name="faults">Where faults go, each a sentence with key, value and bound.</param>
[EditorBrowsable(EditorBrowsableState.Never)]
public sealed class OptionsSection(IConfigurationSection section, ICollection<string> faults)
{
    private readonly HashSet<string> _known = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>The last part of its key.</summary>
    public string Name => section.Key;

    /// <summary>The sections below a key.</summary>
    /// <param name="key">The key.</param>
    /// <returns>One for each.</returns>
    public IEnumerable<OptionsSection> Children(string key)
    {
        _known.Add(key);
        return section.GetSection(key).GetChildren().Select(child => new OptionsSection(child, faults));
    }

    /// <summary>What this section lists: its children's values, or words in one value.</summary>
    /// <returns>The items.</returns>
    public IReadOnlyList<string> Items() => section.Value is { } one
        ? one.Split([' ', ','], StringSplitOptions.RemoveEmptyEntries)
        : [.. section.GetChildren().Select(child => child.Value ?? "")];

    /// <summary>Reads a list.</summary>
    /// <param name="key">The key.</param>
    /// <param name="add">Takes each item.</param>
    public void Items(string key, Action<string> add)
    {
        ArgumentNullException.ThrowIfNull(add);
        _known.Add(key);
        foreach (var item in new OptionsSection(section.GetSection(key), faults).Items())
            add(item);
    }

    /// <summary>Reads a time.</summary>
    /// <param name="key">The key.</param>
    /// <param name="set">Takes the value, if there is one that can be used.</param>
    public void Time(string key, Action<TimeSpan> set) => Read(key, "hours:minutes:seconds; 2.5 seconds are 00:00:02.5", ToTime, set);

    /// <summary>Reads a whole number.</summary>
    /// <param name="key">The key.</param>
    /// <param name="set">Takes the value, if there is one that can be used.</param>
    public void Number(string key, Action<int> set) => Read<int>(key, "a whole number",
        text => int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) ? number : null, set);

    /// <summary>Reads true or false.</summary>
    /// <param name="key">The key.</param>
    /// <param name="set">Takes the value, if there is one that can be used.</param>
    public void Flag(string key, Action<bool> set) => Read<bool>(key, "true or false", text => bool.TryParse(text, out var flag) ? flag : null, set);

    /// <summary>Reads one of an enumeration's names.</summary>
    /// <param name="key">The key.</param>
    /// <param name="set">Takes the value, if there is one that can be used.</param>
    public void Choice<T>(string key, Action<T> set) where T : struct, Enum => Read<T>(key, "one of " + string.Join(", ", Enum.GetNames<T>()),
        text => Enum.GetNames<T>().Contains(text, StringComparer.OrdinalIgnoreCase) ? Enum.Parse<T>(text, ignoreCase: true) : null, set);

    /// <summary>Reads a text.</summary>
    /// <param name="key">The key.</param>
    /// <param name="set">Takes the value, if there is one.</param>
    public void Text(string key, Action<string> set)
    {
        ArgumentNullException.ThrowIfNull(set);
        _known.Add(key);
        if (Value(key, "a text") is { } text)
            set(text);
    }

    /// <summary>Refuses a value where a section is wanted.</summary>
    public void RejectValue()
    {
        if (!string.IsNullOrEmpty(section.Value))
            faults.Add($"{section.Path} is '{section.Value}' but must be a section with keys of its own.");
    }

    /// <summary>Refuses the keys that nobody has asked for.</summary>
    public void RejectUnknown()
    {
        foreach (var child in section.GetChildren().Where(child => !_known.Contains(child.Key)))
            faults.Add($"{child.Path} is unknown; known are {string.Join(", ", _known.Order(StringComparer.Ordinal))}.");
    }

    private void Read<T>(string key, string wanted, Func<string, T?> parse, Action<T> set) where T : struct
    {
        ArgumentNullException.ThrowIfNull(set);
        _known.Add(key);
        if (Value(key, wanted) is not { } text)
            return;
        if (parse(text) is { } value)
            set(value);
        else
            faults.Add($"{section.Path}:{key} is '{text}' but must be {wanted}.");
    }

    private string? Value(string key, string wanted)
    {
        if (section[key] is null && section.GetSection(key).GetChildren().Any())
            faults.Add($"{section.Path}:{key} has keys below it but must be {wanted}.");
        return section[key];
    }

    // The platform takes a bare number for days, 00:30 for half an hour and 25:00:00 for 25 days, which nobody means.
    private static TimeSpan? ToTime(string text) =>
        text.Split(':') is [var hours, _, _] && TimeSpan.TryParse(text, CultureInfo.InvariantCulture, out var time)
        && (time.Days == 0 || hours.Contains('.', StringComparison.Ordinal)) ? time : null;
}
