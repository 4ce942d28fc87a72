namespace Resilience.Client;

/// <summary>One address of a backend. Clients build their URIs with the address of the start; after a reload calls go where it points now.</summary>
internal sealed class Endpoint(Uri registered, Uri address)
{
    public Uri Address { get; } = address;

    public bool HasMoved { get; } = registered != address;

    public Uri? Locate(Uri? uri) =>
        HasMoved && uri is { IsAbsoluteUri: true } && registered.IsBaseOf(uri) ? new Uri(Address, registered.MakeRelativeUri(uri)) : uri;

    /// <summary>Whether a request went here: a redirect, or the caller's own URI, may have led it elsewhere.</summary>
    public bool Serves(Uri? uri) => uri is { IsAbsoluteUri: true } && (Shares(Address, uri) || Shares(registered, uri));

    private static bool Shares(Uri one, Uri other) =>
        one.Port == other.Port && one.Scheme == other.Scheme && one.Host.Equals(other.Host, StringComparison.OrdinalIgnoreCase);

    /// <summary>The address as a base for relative URIs: a path in it is kept, which takes a slash at its end.</summary>
    public static Uri Base(Uri address) =>
        address.AbsolutePath.EndsWith('/') ? address : new UriBuilder(address) { Path = address.AbsolutePath + "/" }.Uri;
}
