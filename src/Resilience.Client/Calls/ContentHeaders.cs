using System.Net.Http.Headers;
using System.Runtime.CompilerServices;

namespace Resilience.Client;

/// <summary>
/// Gives one content the headers of another: the very same object, where the platform's field is found, instead of a copy of each header with every
/// response that has a body, some 200 bytes.
/// </summary>
internal static class ContentHeaders
{
    private static readonly bool CanShare = Try();

    public static void Share(HttpContent from, HttpContent to)
    {
        // Without a length among them, they ask the content they were made for how much it has buffered, and that is not the one that has.
        if (CanShare && from.Headers.NonValidated.Contains("Content-Length"))
            Field(to) = from.Headers;
        else
            Copy(from, to);
    }

    internal static void Copy(HttpContent from, HttpContent to)
    {
        foreach (var (name, values) in from.Headers.NonValidated)
        {
            if (values.Count == 1)
                to.Headers.TryAddWithoutValidation(name, values.ToString());
            else
                to.Headers.TryAddWithoutValidation(name, values);
        }
    }

    private static bool Try()
    {
        try
        {
            using var content = new ByteArrayContent([]);
            return Field(content) is null && ReferenceEquals(content.Headers, Field(content));
        }
        catch (Exception e) when (e is MissingFieldException or TypeLoadException)
        {
            return false;
        }
    }

    [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "_headers")]
    private static extern ref HttpContentHeaders? Field(HttpContent content);
}
