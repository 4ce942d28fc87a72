using System.Globalization;
using System.Text;

namespace Resilience.OutageLab.Report;

/// <summary>The few shapes a timeline is made of, with coordinates rounded to tenths and runs of equal height merged: a picture stays small.</summary>
internal sealed class Svg
{
    private readonly StringBuilder _text = new();

    public Svg(int width, int height, string title)
    {
        Add($"<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" width=\"{width}\" height=\"{height}\" font-family=\"system-ui, sans-serif\" font-size=\"12\">\n");
        Add($"<title>{Escaped(title)}</title>\n");
        Rectangle(0, 0, width, height, "#ffffff"); // Its own paper, whatever surrounds it.
    }

    public void Rectangle(double x, double y, double width, double height, string fill) =>
        Add($"<rect x=\"{x:0.#}\" y=\"{y:0.#}\" width=\"{width:0.#}\" height=\"{height:0.#}\" fill=\"{fill}\"/>\n");

    public void Line(double x1, double y1, double x2, double y2, string stroke, double width = 1, string dashes = "none") =>
        Add($"<path d=\"M{x1:0.#} {y1:0.#}L{x2:0.#} {y2:0.#}\" stroke=\"{stroke}\" stroke-width=\"{width:0.#}\" stroke-dasharray=\"{dashes}\"/>\n");

    public void Text(double x, double y, string text, string fill = "#222222", string anchor = "start", int size = 12, bool isBold = false) =>
        Add($"<text x=\"{x:0.#}\" y=\"{y:0.#}\" fill=\"{fill}\" text-anchor=\"{anchor}\" font-size=\"{size}\"{(isBold ? " font-weight=\"600\"" : "")}>{Escaped(text)}</text>\n");

    /// <summary>The area between two staircases: one step per value, from <paramref name="x"/> on, each <paramref name="step"/> wide.</summary>
    public void Band(double x, double step, IReadOnlyList<double> top, IReadOnlyList<double> bottom, string fill)
    {
        var path = new StringBuilder();
        for (var i = 0; i < top.Count;)
        {
            var (first, high, low) = (i, Math.Round(top[i], 1), Math.Round(bottom[i], 1));
            while (i < top.Count && Math.Round(top[i], 1) == high && Math.Round(bottom[i], 1) == low)
                i++;
            if (low - high >= 0.1)
                path.Append(CultureInfo.InvariantCulture, $"M{x + first * step:0.#} {low:0.#}V{high:0.#}H{x + i * step:0.#}V{low:0.#}z");
        }

        if (path.Length > 0)
            Add($"<path d=\"{path}\" fill=\"{fill}\"/>\n");
    }

    public void Curve(double x, double step, IReadOnlyList<double> values, string stroke)
    {
        var path = new StringBuilder();
        for (var i = 0; i < values.Count; i++)
        {
            // The middle one of three in a line says nothing.
            var isNeeded = i == 0 || i == values.Count - 1 || Math.Abs(values[i - 1] + values[i + 1] - 2 * values[i]) > 0.1;
            if (isNeeded)
                path.Append(CultureInfo.InvariantCulture, $"{(path.Length == 0 ? 'M' : 'L')}{x + i * step:0.#} {values[i]:0.#}");
        }

        Add($"<path d=\"{path}\" fill=\"none\" stroke=\"{stroke}\" stroke-width=\"1.8\" stroke-linejoin=\"round\"/>\n");
    }

    public override string ToString() => $"{_text}</svg>\n";

    private static string Escaped(string text) => text.Replace("&", "&amp;", StringComparison.Ordinal).Replace("<", "&lt;", StringComparison.Ordinal).Replace(">", "&gt;", StringComparison.Ordinal);

    private void Add(FormattableString text) => _text.Append(text.ToString(CultureInfo.InvariantCulture));
}
