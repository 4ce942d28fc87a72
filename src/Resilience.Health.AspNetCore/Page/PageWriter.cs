using System.Buffers;
using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Unicode;

namespace Resilience.Health.AspNetCore;

/// <summary>Writes HTML: the words of the source text as they are, every value put into them encoded. There is no way to forget it.</summary>
internal sealed class PageWriter(IBufferWriter<byte> output)
{
    private const int Longest = 200;

    private readonly IBufferWriter<byte> _output = output;

    private static readonly HtmlEncoder Encoder = HtmlEncoder.Create(UnicodeRanges.All);

    public void Raw(ReadOnlySpan<byte> html) => _output.Write(html);

    /// <summary>For example <c>page.Write($"&lt;b&gt;{name}&lt;/b&gt;")</c>.</summary>
#pragma warning disable CA1822, IDE0060 // The handler has written it already.
    public void Write([InterpolatedStringHandlerArgument("")] ref Markup markup)
#pragma warning restore CA1822, IDE0060
    {
    }

    /// <summary>Without characters that are not to be seen or turn text around, and at most so long: what is shown may be made by anybody.</summary>
    internal static string Clean(string text)
    {
        var good = 0;
        while (good < text.Length && good < Longest && text[good] is >= ' ' and < (char)127)
            good++;
        if (good == text.Length)
            return text;

        var clean = new StringBuilder(text, 0, good, Longest + 2);
        foreach (var rune in text.AsSpan(good).EnumerateRunes())
        {
            if (clean.Length >= Longest)
                return clean.Append('…').ToString();
            clean.Append((IsVisible(rune) ? rune : Rune.IsWhiteSpace(rune) ? new Rune(' ') : Rune.ReplacementChar).ToString());
        }

        return clean.ToString();
    }

    private void Text(string text) => Encoding.UTF8.GetBytes(Encoder.Encode(Clean(text)), _output);

    private static bool IsVisible(Rune rune) => Rune.GetUnicodeCategory(rune) is not (
        UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator
        or UnicodeCategory.PrivateUse or UnicodeCategory.OtherNotAssigned);

    [InterpolatedStringHandler]
    internal readonly ref struct Markup
    {
        private readonly PageWriter _page;

        // The compiler tells how much is coming; a buffer writer needs not know.
        public Markup(int literalLength, int formattedCount, PageWriter page) => _page = page;

        public void AppendLiteral(string html) => Encoding.UTF8.GetBytes(html, _page._output);

        public void AppendFormatted(string? text) => _page.Text(text ?? "");

        public void AppendFormatted(long number) => _page.Text(number.ToString(CultureInfo.InvariantCulture));

        /// <summary>One decimal: what is drawn needs no more.</summary>
        public void AppendFormatted(double number) => _page.Text(Math.Round(number, 1).ToString(CultureInfo.InvariantCulture));
    }
}
