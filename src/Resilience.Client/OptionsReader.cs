using System.Globalization;
using Microsoft.Extensions.Configuration;

namespace Resilience.Client;

/// <summary>
/// Fills <see cref="BackendOptions"/> from a section and remembers what it could not use: unknown keys and unreadable values. Written out by hand: the
/// platform's binder passes over unknown keys, stops at the first fault, and its reflection does not survive trimming.
/// </summary>
internal sealed class OptionsReader(IConfigurationSection section, List<string> faults)
{
    private readonly HashSet<string> _known = new(StringComparer.OrdinalIgnoreCase);

    public static void Read(IConfigurationSection section, BackendOptions options, List<string> faults)
    {
        if (section.Value is { Length: > 0 })
            faults.Add($"{section.Path} is one value but must be a section, with Address in it.");
        var reader = new OptionsReader(section, faults);
        reader.Text(nameof(options.Address), "an absolute http or https URI", ToUri, value => options.Address = value);
        reader.Addresses(options);
        reader.Time(nameof(options.Timeout), value => options.Timeout = value);
        reader.Time(nameof(options.AttemptTimeout), value => options.AttemptTimeout = value);
        reader.Time(nameof(options.ConnectTimeout), value => options.ConnectTimeout = value);
        reader.Number(nameof(options.MaxReplayBody), value => options.MaxReplayBody = value);
        reader.Number(nameof(options.MaxResponseBody), value => options.MaxResponseBody = value);
        reader.Child("Retry", retry =>
        {
            retry.Number("MaxRetries", value => options.Retry.MaxRetries = value);
            retry.Time("BaseDelay", value => options.Retry.BaseDelay = value);
            retry.Time("MaxDelay", value => options.Retry.MaxDelay = value);
            retry.Choice<Jitter>("Jitter", value => options.Retry.Jitter = value);
            retry.Statuses(options.Retry);
            retry.Text("AllServerErrors", "true or false", ToBool, value => options.Retry.AllServerErrors = value ?? false);
            retry.Choice<UnsafeMethods>("UnsafeMethods", value => options.Retry.UnsafeMethods = value);
        });
        reader.Child("Budget", budget =>
        {
            budget.Fraction("Ratio", value => options.Budget.Ratio = value);
            budget.Number("Floor", value => options.Budget.Floor = value);
            budget.Time("Window", value => options.Budget.Window = value);
        });
        reader.Child("Circuit", circuit =>
        {
            circuit.Fraction("FailureRatio", value => options.Circuit.FailureRatio = value);
            circuit.Number("MinSamples", value => options.Circuit.MinSamples = value);
            circuit.Number("MinFailures", value => options.Circuit.MinFailures = value);
            circuit.Time("Window", value => options.Circuit.Window = value);
        });
        reader.Child("Recovery", recovery =>
        {
            recovery.Choice<WhenDown>("WhenDown", value => options.Recovery.WhenDown = value);
            recovery.Number("MaxWaiting", value => options.Recovery.MaxWaiting = value);
            recovery.Text("ProbePath", "a path", text => text, value => options.Recovery.ProbePath = value);
        });
        reader.Child("Concurrency", concurrency =>
        {
            concurrency.Choice<ConcurrencyMode>("Mode", value => options.Concurrency.Mode = value);
            concurrency.Number("Min", value => options.Concurrency.Min = value);
            concurrency.Number("Max", value => options.Concurrency.Max = value);
        });
        reader.RejectUnknown();
    }

    private void Child(string key, Action<OptionsReader> read)
    {
        _known.Add(key);
        var child = section.GetSection(key);
        if (!child.Exists())
            return;
        if (child.Value is { Length: > 0 } value)
            faults.Add($"{child.Path} is '{value}' but holds settings of its own: give it as a section.");
        var reader = new OptionsReader(child, faults);
        read(reader);
        reader.RejectUnknown();
    }

    private void RejectUnknown()
    {
        foreach (var child in section.GetChildren().Where(child => !_known.Contains(child.Key)))
            faults.Add($"{child.Path} is unknown; known are {string.Join(", ", _known.Order(StringComparer.Ordinal))}.");
    }

    private void Text<T>(string key, string wanted, Func<string, T?> parse, Action<T> set)
    {
        _known.Add(key);
        var child = section.GetSection(key);
        if (child.Value is not { } value)
        {
            if (child.Exists())
                faults.Add($"{child.Path} holds settings of its own but must be one value: {wanted}.");
            return;
        }

        if (parse(value) is { } parsed)
            set(parsed);
        else
            faults.Add($"{child.Path} is '{Shown(value)}' but must be {wanted}.");
    }

    private void Time(string key, Action<TimeSpan> set) =>
        Text<TimeSpan?>(key, "hours:minutes:seconds; 2.5 seconds are 00:00:02.5", ToTime, value => set(value ?? default));

    private void Number(string key, Action<int> set) => Text<int?>(key, "a whole number",
        text => int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) ? number : null,
        value => set(value ?? default));

    private void Fraction(string key, Action<double> set) => Text<double?>(key, "a number such as 0.2",
        text => double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) ? number : null,
        value => set(value ?? default));

    private void Choice<T>(string key, Action<T> set) where T : struct, Enum => Text<T?>(key, "one of " + string.Join(", ", Enum.GetNames<T>()),
        text => Enum.GetNames<T>().Contains(text, StringComparer.OrdinalIgnoreCase) ? Enum.Parse<T>(text, ignoreCase: true) : null,
        value => set(value ?? default));

    private void Statuses(RetryOptions retry)
    {
        const string Key = "StatusCodes", Everything = "AllServerErrors";
        _known.Add(Key);
        var child = section.GetSection(Key);
        if (!child.Exists())
            return;
        var listed = child.Value is { } value
            ? value.Split([' ', ','], StringSplitOptions.RemoveEmptyEntries)
            : [.. child.GetChildren().Select(entry => entry.Value ?? "")];
        if (listed is not [var only] || !only.Equals(Everything, StringComparison.OrdinalIgnoreCase))
            retry.StatusCodes.Clear();
        foreach (var code in listed)
        {
            if (code.Equals(Everything, StringComparison.OrdinalIgnoreCase))
                retry.AllServerErrors = true;
            else if (int.TryParse(code, NumberStyles.None, CultureInfo.InvariantCulture, out var number))
                retry.StatusCodes.Add(number);
            else
                faults.Add($"{child.Path} has '{code}' but each must be a status such as 503, or {Everything}.");
        }
    }

    private void Addresses(BackendOptions options)
    {
        const string Key = "Addresses";
        _known.Add(Key);
        var child = section.GetSection(Key);
        var listed = child.GetChildren().Select(entry => entry.Value ?? "").ToArray();
        if (listed.Length == 0)
            return;
        if (listed.Length > 1)
            faults.Add($"{child.Path} lists {listed.Length} addresses; this version calls one: keep one, or give the address of a load balancer.");
        else if (options.Address is not null)
            faults.Add($"{child.Path} and {section.Path}:Address are both set: keep one.");
        else if (ToUri(listed[0]) is { } address)
            options.Address = address;
        else
            faults.Add($"{child.Path}:0 is '{Shown(listed[0])}' but must be an absolute http or https URI.");
    }

    public static Uri? ToUri(string text) => Uri.TryCreate(text, UriKind.Absolute, out var uri) ? uri : null;

    private static bool? ToBool(string text) => bool.TryParse(text, out var value) ? value : null;

    // A bare number would be days, and 00:30 half an hour, which nobody means.
    private static TimeSpan? ToTime(string text) =>
        text.Count(letter => letter == ':') == 2 && TimeSpan.TryParse(text, CultureInfo.InvariantCulture, out var time) ? time : null;

    // What is no URI may still hold a password.
    private static string Shown(string value) => value.Contains('@', StringComparison.Ordinal) ? "…" : value;
}
