using System.Runtime.CompilerServices;

namespace Resilience.Client;

/// <summary>
/// Whether a request has options, without making them: to ask for them is to allocate a dictionary, 104 bytes per call, and few requests have any. Looks at the
/// platform's own field; where a later version has another, options are asked for as usual.
/// </summary>
internal static class RequestOptions
{
    private static readonly bool CanLook = Try();

    public static bool HasAny(HttpRequestMessage request)
    {
        if (CanLook && Field(request) is null)
            return false;
        IReadOnlyDictionary<string, object?> options = request.Options;
        return options.Count > 0;
    }

    private static bool Try()
    {
        try
        {
            using var request = new HttpRequestMessage();
            return Field(request) is null && ReferenceEquals(request.Options, Field(request));
        }
        catch (Exception e) when (e is MissingFieldException or TypeLoadException)
        {
            return false;
        }
    }

    [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "_options")]
    private static extern ref HttpRequestOptions? Field(HttpRequestMessage request);
}
