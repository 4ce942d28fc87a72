using System.Collections;
using Xunit;

namespace Resilience.Health.Tests.Probe;

/// <summary>That these are the addresses at which a real application listens is shown by <see cref="ProbedAppTests"/>.</summary>
public sealed class ListenAddressTests
{
    [Theory]
    [InlineData("", "PATH=/bin")]
    [InlineData("http://a:1", "ASPNETCORE_URLS=http://a:1")]
    [InlineData("http://a:1", "aspnetcore_urls=http://a:1")]
    [InlineData("http://b:2", "ASPNETCORE_URLS=http://a:1", "DOTNET_URLS=http://b:2")]
    [InlineData("http://c:3", "URLS=http://c:3", "ASPNETCORE_URLS=http://a:1", "DOTNET_URLS=http://b:2")]
    [InlineData("http://a:1", "ASPNETCORE_URLS=https://b:2;http://a:1;http://c:3")]
    [InlineData("https://b:2", "ASPNETCORE_URLS=https://b:2;https://c:3")]
    [InlineData("http://unix:/run/app.sock", "ASPNETCORE_URLS=https://b:2;http://unix:/run/app.sock")]
    [InlineData("http://*:8080", "ASPNETCORE_HTTP_PORTS=8080")]
    [InlineData("http://*:8081", "ASPNETCORE_HTTP_PORTS=8080", "DOTNET_HTTP_PORTS=8081")]
    [InlineData("http://*:8082", "ASPNETCORE_HTTP_PORTS=8080", "HTTP_PORTS= 8082 ; 8083")]
    [InlineData("https://*:8443", "ASPNETCORE_HTTPS_PORTS=8443")]
    [InlineData("http://*:8080", "ASPNETCORE_HTTPS_PORTS=8443", "DOTNET_HTTP_PORTS=8080")]
    [InlineData("http://a:1", "ASPNETCORE_HTTP_PORTS=8080", "ASPNETCORE_URLS=http://a:1")]
    [InlineData("http://*:8080", "URLS=", "ASPNETCORE_URLS=http://a:1", "ASPNETCORE_HTTP_PORTS=8080")]
    [InlineData("", "URLS=", "ASPNETCORE_URLS=http://a:1")]
    [InlineData("", "HTTP_PORTS= ; ")]
    [InlineData("http://k:1", "Kestrel__Endpoints__Http__Url=http://k:1", "URLS=http://a:1", "HTTP_PORTS=8080")]
    [InlineData("http://k:2", "Kestrel__Endpoints__A__Url=https://k:1", "ASPNETCORE_KESTREL__ENDPOINTS__B__URL=http://k:2")]
    [InlineData("http://k:1", "Kestrel__Endpoints__B__Url=http://k:2", "Kestrel__Endpoints__A__Url=http://k:1")]
    [InlineData("http://a:1", "Kestrel__Endpoints__A__Url=http://k:1", "URLS=http://a:1", "ASPNETCORE_PREFERHOSTINGURLS=true")]
    [InlineData("http://k:1", "Kestrel__Endpoints__A__Url=http://k:1", "PREFERHOSTINGURLS=true")]
    [InlineData("", "Kestrel__Endpoints__A__Protocols=Http2", "ASPNETCORE__URLS=http://a:1")]
    public void Environment_is_read_with_the_precedence_of_ASP_NET_Core(string expected, params string[] environment) =>
        Assert.Equal(expected, ListenAddress.Find([], Environment(environment)) ?? "");

    [Theory]
    [InlineData("http://a:1", "--urls", "http://a:1")]
    [InlineData("http://a:1", "--urls=http://a:1")]
    [InlineData("http://a:1", "/urls", "http://a:1")]
    [InlineData("http://a:1", "/URLS=http://a:1")]
    [InlineData("http://a:1", "urls=http://a:1")]
    [InlineData("http://b:2", "--urls=http://a:1", "x", "--urls", "http://b:2")]
    [InlineData("http://k:1", "--urls=http://a:1", "--kestrel:endpoints:x:url", "http://k:1")]
    [InlineData("http://*:8080", "--urls=", "--http_ports", "8080")]
    [InlineData("http://env:1", "--urls")]
    [InlineData("http://env:1", "-urls=http://a:1", "urls")]
    [InlineData("http://env:1", "--other", "--urls=http://a:1")]
    public void Command_line_is_read_as_ASP_NET_Core_does_and_wins(string expected, params string[] arguments) =>
        Assert.Equal(expected, ListenAddress.Find(arguments, Environment("URLS=http://env:1")));

    [Theory]
    [InlineData("http://localhost:5000/health/ready")]
    [InlineData("http://localhost:7000/health/ready", "--health-check=7000")]
    [InlineData("http://localhost:7000/health/ready", "--health-check", "7000", "--urls", "http://a:1")]
    [InlineData("http://localhost:7001/health/ready", "--health-check", "--urls", "http://*:7001")]
    [InlineData("http://localhost:7001/health/ready", "--health-check=", "--urls=http://+:7001")]
    [InlineData("http://localhost:7001/health/ready", "--health-check", "", "--urls=http://[::]:7001")]
    [InlineData("http://localhost:80/health/ready", "--health-check", "--urls=http://0.0.0.0")]
    [InlineData("http://shop:7001/health/ready", "--health-check", "--urls=http://shop:7001")]
    [InlineData("https://localhost:443/health/ready", "--health-check", "--urls=https://localhost")]
    [InlineData("unix:/run/app.sock:/health/ready", "--health-check", "--urls=http://unix:/run/app.sock")]
    public void Target_is_the_argument_else_where_the_application_listens(string expected, params string[] arguments)
    {
        var target = HealthProbe.Target(arguments.Length == 0 ? ["--health-check"] : arguments, Probed.Nothing, Probed.DefaultUrl, out var fault);

        Assert.True(target is not null, fault);
        Assert.Equal(expected, target.Shown);
        Assert.Equal(target.Socket is null, target.IsLoopback);
    }

    [Fact]
    public void Path_of_the_default_address_goes_with_every_address_that_has_none()
    {
        Assert.Equal("http://localhost:8080/up", Shown("http://x/up", "--health-check", "8080"));
        Assert.Equal("http://a:8080/up", Shown("http://x/up", "--health-check", "http://a:8080/"));
        Assert.Equal("http://a:8080/own", Shown("http://x/up", "--health-check", "http://a:8080/own"));
        Assert.Equal("unix:/s:/up", Shown("unix:/s:/up", "--health-check"));
    }

    [Fact]
    public void Heartbeat_file_as_the_default_is_read_whatever_images_set()
    {
        var target = HealthProbe.Target(["--health-check"], Environment("ASPNETCORE_HTTP_PORTS=8080"), "/run/app/health", out _);

        Assert.Equal("/run/app/health", target?.File);
    }

    private static string? Shown(string defaultUrl, params string[] arguments) => HealthProbe.Target(arguments, Probed.Nothing, defaultUrl, out _)?.Shown;

    private static Hashtable Environment(params string[] settings)
    {
        var environment = new Hashtable();
        foreach (var setting in settings)
            environment[setting[..setting.IndexOf('=', StringComparison.Ordinal)]] = setting[(setting.IndexOf('=', StringComparison.Ordinal) + 1)..];
        return environment;
    }
}
