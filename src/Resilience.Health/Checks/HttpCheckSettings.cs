using System.Net.Http.Headers;
using System.Net.Security;

namespace Resilience.Health;

/// <summary>What an HTTP check asks, as it was when the check was added. Two are equal if they ask the same.</summary>
internal sealed record HttpCheckSettings(
    Uri Address, string Method, EqualList<int> ExpectedStatuses, string? ExpectedText, int MaxBodyBytes, EqualList<(string Name, string Value)> Headers, bool UseProxy,
    RemoteCertificateValidationCallback? Validate)
{
    public static readonly Uri NoAddress = new("none", UriKind.Relative);

    public HttpCheckSettings(Uri address, HttpCheckOptions options) : this(
        address, options.Method, [.. options.ExpectedStatuses.Order()], options.ExpectedText, options.MaxBodyBytes,
        [.. options.Headers.OrderBy(header => header.Key, StringComparer.Ordinal).Select(header => (header.Key, header.Value))], options.UseProxy,
        options.RemoteCertificateValidationCallback)
    {
    }

    public static IEnumerable<string> Faults(Uri? address, HttpCheckOptions options)
    {
        if (address is null || !address.IsAbsoluteUri || address.Scheme is not ("http" or "https") || HostNames.Of(address) is null)
            yield return "The address must be an absolute http or https URI, such as http://catalog:8080/health/ready.";
        else if (address.UserInfo.Length > 0)
            yield return "The address has user info in it: give an Authorization header in Headers instead.";
        else if (address.Port is < 1 or > 65535)
            yield return $"The address has port {address.Port} but it must be 1 to 65535.";
        if (options.Method is not ("GET" or "HEAD"))
            yield return $"Method is '{options.Method}' but must be GET or HEAD: a check changes nothing.";
        foreach (var status in options.ExpectedStatuses.Where(status => status is < 100 or > 599).Order())
            yield return $"ExpectedStatuses has {status} but each must be 100 to 599.";
        if (options.ExpectedText is "")
            yield return "ExpectedText is empty: set it to null, or to what the body must hold.";
        if (options.ExpectedText is not null && options.Method == "HEAD")
            yield return "ExpectedText is set but an answer to HEAD has no body: use GET.";
        if (options.MaxBodyBytes is < 1 or > 16 * 1024 * 1024)
            yield return $"MaxBodyBytes is {options.MaxBodyBytes} but must be 1 to 16777216.";
        using var request = new HttpRequestMessage();
        foreach (var name in options.Headers.Where(header => !Fits(request.Headers, header)).Select(header => header.Key))
            yield return $"Headers has '{name}', which cannot be sent with that value.";
    }

    // It would name the headers' values.
    public override string ToString() => $"HTTP {Address.Authority}";

    private static bool Fits(HttpRequestHeaders headers, KeyValuePair<string, string> header) =>
        header.Value is not null && !header.Value.AsSpan().ContainsAny('\r', '\n', '\0') && headers.TryAddWithoutValidation(header.Key, header.Value);
}
