using System.Collections;
using System.Collections.ObjectModel;
using System.Globalization;
using System.Text;

namespace Resilience.Health;

/// <summary>Makes plain values of one check's data, within one allowance: see <see cref="CheckData"/>. Cycles and endless lists end where that does.</summary>
internal sealed class DataCleaner
{
    public const int ItemCost = 8;

    private int _left = CheckData.MostBytes;

    public ReadOnlyDictionary<string, object?> Map(IEnumerable<KeyValuePair<object?, object?>> items, int depth)
    {
        var map = new OrderedDictionary<string, object?>(StringComparer.Ordinal);
        foreach (var (key, value) in items)
        {
            var name = Unused(map, KeyText(key));
            if (map.Count == CheckData.MostItems || !Spend(ItemCost + Encoding.UTF8.GetByteCount(name)))
            {
                map[Unused(map, CheckData.Cut)] = CheckData.Cut;
                break;
            }

            map.Add(name, SecretNames.IsSecret(name) && value is not (null or bool) ? CheckData.Cut : Value(value, depth));
        }

        return new(map);
    }

    private ReadOnlyCollection<object?> List(IEnumerable items, int depth)
    {
        var list = new List<object?>();
        foreach (var item in items)
        {
            if (list.Count == CheckData.MostItems || !Spend(ItemCost))
            {
                list.Add(CheckData.Cut);
                break;
            }

            list.Add(Value(item, depth));
        }

        return list.AsReadOnly();
    }

    private object? Value(object? value, int depth)
    {
        if (value is null)
            return null;
        try
        {
            return PlainValue.Of(value) switch
            {
                string text => Charged(text),
                { } plain => plain,
                null when value is double or float or Half => null,
                _ => Nested(value, depth),
            };
        }
        catch (Exception)
        {
            return Charged(value.GetType().Name); // A value that cannot be read is not worth the check.
        }
    }

    private object Nested(object value, int depth) => value switch
    {
        not IEnumerable => Charged(value.GetType().Name),
        _ when depth == CheckData.Deepest => CheckData.Cut,
        IEnumerable<KeyValuePair<string, object?>> pairs => Map(pairs.Select(pair => KeyValuePair.Create<object?, object?>(pair.Key, pair.Value)), depth + 1),
        IDictionary entries => Map(Entries(entries), depth + 1),
        IEnumerable items => List(items, depth + 1),
    };

    private static IEnumerable<KeyValuePair<object?, object?>> Entries(IDictionary entries)
    {
        foreach (DictionaryEntry entry in entries)
            yield return new(entry.Key, entry.Value);
    }

    private static string KeyText(object? key)
    {
        var text = PlainValue.Of(key) switch
        {
            string plain => plain,
            bool or long or decimal or double => Convert.ToString(key, CultureInfo.InvariantCulture),
            _ => key?.GetType().Name,
        };
        return PlainText.Of(text ?? "", CheckData.LongestKey);
    }

    // Keys that were cut or repaired may have become the same.
    private static string Unused(OrderedDictionary<string, object?> map, string key)
    {
        var unused = key;
        for (var number = 2; map.ContainsKey(unused); number++)
            unused = $"{key}~{number}";
        return unused;
    }

    private string Charged(string text)
    {
        var plain = PlainText.Of(Redaction.Of(text), CheckData.LongestText);
        if (Spend(Encoding.UTF8.GetByteCount(plain)))
            return plain;
        _left = 0;
        return CheckData.Cut;
    }

    private bool Spend(int bytes)
    {
        if (bytes > _left)
            return false;
        _left -= bytes;
        return true;
    }
}
