using Xunit;

namespace Resilience.Client.Tests;

public sealed class EndpointTests
{
    [Theory]
    [InlineData("http://api", "http://api/")]
    [InlineData("http://api/", "http://api/")]
    [InlineData("https://api:8443/v1", "https://api:8443/v1/")]
    [InlineData("https://api/v1/", "https://api/v1/")]
    [InlineData("http://api/a%20b/%C3%A9", "http://api/a%20b/%C3%A9/")]
    [InlineData("http://[::1]:80/v1", "http://[::1]/v1/")]
    public void Base_keeps_the_path_of_an_address(string address, string expected) =>
        Assert.Equal(expected, Endpoint.Base(new Uri(address)).AbsoluteUri);

    [Theory]
    [InlineData("http://old/v1/items/7?q=a%20b", "https://new:8443/v2/items/7?q=a%20b")]
    [InlineData("http://old/v1/", "https://new:8443/v2/")]
    [InlineData("http://old/v1/a%2Fb/c:d", "https://new:8443/v2/a%2Fb/c:d")]
    [InlineData("http://old/v1/x:y", "https://new:8443/v2/x:y")]
    [InlineData("http://old/v1/%C3%A9", "https://new:8443/v2/%C3%A9")]
    [InlineData("http://other/v1/items", "http://other/v1/items")]
    [InlineData("http://old:81/v1/items", "http://old:81/v1/items")]
    public void Address_that_has_moved_takes_the_calls_along(string uri, string expected)
    {
        var endpoint = new Endpoint(new Uri("http://old/v1/"), new Uri("https://new:8443/v2/"));

        Assert.True(endpoint.HasMoved);
        Assert.Equal(expected, endpoint.Locate(new Uri(uri))?.AbsoluteUri);
    }

    [Fact]
    public void Address_that_has_not_moved_leaves_a_uri_as_it_is()
    {
        var endpoint = new Endpoint(new Uri("http://old/"), new Uri("http://old/"));
        var uri = new Uri("http://old/items");

        Assert.False(endpoint.HasMoved);
        Assert.Same(uri, endpoint.Locate(uri));
        Assert.Null(endpoint.Locate(null));
    }
}
