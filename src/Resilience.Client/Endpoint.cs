namespace Resilience.Client;

/// <summary>One address of a backend. Clients build their URIs with the address of the start; after a reload calls go where it points now.</summary>
internal sealed class Endpoint(Uri registered, Uri address)
{
    public Uri Address { get; } = address;

    public bool HasMoved { get; } = registered != address;

    public Uri? Locate(Uri? uri) =>
        HasMoved && uri is { IsAbsoluteUri: true } && registered.IsBaseOf(uri) ? new Uri(Address, registered.MakeRelativeUri(uri)) : uri;

    /// <summary>The address as a base for relative URIs: a path in it is kept, which takes a slash at its end.</summary>
    public static Uri Base(Uri address) =>
        address.AbsolutePath.EndsWith('/') ? address : new UriBuilder(address) { Path = address.AbsolutePath + "/" }.Uri;
}
