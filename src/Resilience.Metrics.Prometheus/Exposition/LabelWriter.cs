using System.Collections;
using System.Globalization;
using OpenTelemetry;

namespace Resilience.Metrics.Prometheus;

/// <summary>
/// Writes the labels of a series, sorted by name, so that equal sets are equal bytes. What is empty is left out: to Prometheus that is the same. Tags whose keys become
/// one name are joined by <c>;</c>, as OpenTelemetry wants it.
/// </summary>
internal sealed class LabelWriter
{
    private const int KeptNames = 4096; // Keys come from code; should somebody make them up as he goes, memory stays bounded.

    private readonly Dictionary<string, string> _names = new(StringComparer.Ordinal);
    private readonly List<(string Name, string Key, object? Value)> _labels = [];

    /// <summary>Appends <c>a="1",b="2"</c>.</summary>
    public void Write(Utf8Buffer output, KeyValuePair<string, string>[] scope, ReadOnlyTagCollection tags)
    {
        _labels.Clear();
        foreach (var (name, value) in scope)
            _labels.Add((name, "", value));
        foreach (var (key, value) in tags)
            _labels.Add((Name(key), key, value));
        Write(output);
    }

    public void Write(Utf8Buffer output, IEnumerable<KeyValuePair<string, object>> attributes)
    {
        _labels.Clear();
        foreach (var (key, value) in attributes)
            _labels.Add((Name(key), key, value));
        Write(output);
    }

    private void Write(Utf8Buffer output)
    {
        if (_labels.Count > 1)
            _labels.Sort(static (one, other) => string.CompareOrdinal(one.Name, other.Name) switch { 0 => string.CompareOrdinal(one.Key, other.Key), var order => order });
        string? open = null;
        foreach (var (name, _, value) in _labels)
        {
            long? number = value switch { int whole => whole, long whole => whole, _ => null }; // Statuses and ports: no string for each at each scrape.
            var text = number is null ? Text(value) : null;
            if (number is null && string.IsNullOrEmpty(text))
                continue;
            if (open == name)
                output.Append((byte)';');
            else
            {
                if (open is not null)
                    output.Append("\","u8);
                output.Append(name);
                output.Append("=\""u8);
                open = name;
            }

            if (number is { } digits)
                output.Append(digits);
            else
                output.AppendEscaped(text, inQuotes: true);
        }

        if (open is not null)
            output.Append((byte)'"');
    }

    private string Name(string key)
    {
        if (_names.TryGetValue(key, out var name))
            return name;
        if (_names.Count >= KeptNames)
            _names.Clear();
        return _names[key] = LabelName.Of(key);
    }

    private static string? Text(object? value)
    {
        try
        {
            return value switch
            {
                string text => text,
                null => null,
                bool truth => truth ? "true" : "false",
                IFormattable number => number.ToString(null, CultureInfo.InvariantCulture),
                IEnumerable many => "[" + string.Join(',', many.Cast<object?>().Select(Text)) + "]",
                _ => value.ToString(),
            };
        }
        catch (Exception)
        {
            return "?"; // An object of the application's own that cannot say what it is must not cost the scrape.
        }
    }
}
