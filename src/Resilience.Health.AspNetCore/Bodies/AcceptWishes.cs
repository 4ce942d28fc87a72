namespace Resilience.Health.AspNetCore;

/// <summary>How much each of our formats is wished for. Of several ranges that cover a format, the most specific one counts.</summary>
internal struct AcceptWishes
{
    private const int Any = 1, AnyOfKind = 2, ByName = 3;

    private Wish _json, _healthJson, _text;

    public void Add(ReadOnlySpan<char> range, int quality)
    {
        if (Is(range, "*/*") || range is "*") // The lone star is what old Java clients send.
        {
            _json.Set(Any, quality);
            _healthJson.Set(Any, quality);
            _text.Set(Any, quality);
        }
        else if (Is(range, "application/*"))
        {
            _json.Set(AnyOfKind, quality);
            _healthJson.Set(AnyOfKind, quality);
        }
        else if (Is(range, "text/*"))
            _text.Set(AnyOfKind, quality);
        else if (Is(range, "application/json"))
            _json.Set(ByName, quality);
        else if (Is(range, "application/health+json"))
            _healthJson.Set(ByName, quality);
        else if (Is(range, "text/plain"))
            _text.Set(ByName, quality);
    }

    public readonly BodyFormat Best()
    {
        var text = _text.Specificity == ByName ? _text.Quality : 0;
        if (_json.Quality > 0 && _json.Quality >= Math.Max(_healthJson.Quality, text))
            return BodyFormat.Json;
        if (_healthJson.Quality > 0 && _healthJson.Quality >= text)
            return BodyFormat.HealthJson;
        return _text.Quality > 0 ? BodyFormat.Text : BodyFormat.Json;
    }

    private static bool Is(ReadOnlySpan<char> range, string type) => range.Equals(type, StringComparison.OrdinalIgnoreCase);

    private struct Wish
    {
        public int Specificity;
        public int Quality;

        public void Set(int specificity, int quality)
        {
            if (specificity > Specificity || specificity == Specificity && quality > Quality)
                (Specificity, Quality) = (specificity, quality);
        }
    }
}
