using Xunit;

namespace Resilience.Health.Tests.Probe;

public sealed class ProbeTargetTests
{
    [Theory]
    [InlineData("8080", "localhost", 8080, false, true, "/up")]
    [InlineData("http://shop:81/x?y=/z#top", "shop", 81, false, false, "/x?y=/z")]
    [InlineData("HTTP://shop?x", "shop", 80, false, false, "/?x")]
    [InlineData("https://shop", "shop", 443, true, false, "/up")]
    [InlineData("http://LOCALHOST:1", "LOCALHOST", 1, false, true, "/up")]
    [InlineData("http://[2001:db8::1]:81/x", "2001:db8::1", 81, false, false, "/x")]
    [InlineData("http://[::]:81/x", "localhost", 81, false, true, "/x")]
    [InlineData("http://10.0.0.1", "10.0.0.1", 80, false, false, "/up")]
    [InlineData(" http://*:8080 ", "localhost", 8080, false, true, "/up")]
    public void Addresses_are_understood(string text, string host, int port, bool secure, bool loopback, string path)
    {
        var target = Parse(text);

        Assert.NotNull(target);
        Assert.Equal((host, port, secure, loopback, path), (target.Host, target.Port, target.IsSecure, target.IsLoopback, target.Path));
    }

    [Theory]
    [InlineData("unix:/run/a.sock", "/run/a.sock", "/up")]
    [InlineData("UNIX:/run/a.sock:/x", "/run/a.sock", "/x")]
    [InlineData("http://unix:/run/a.sock:/x?y", "/run/a.sock", "/x?y")]
    [InlineData("unix:C:\\a.sock:x", "C:\\a.sock", "/x")]
    [InlineData("unix:/a@b.sock", "/a@b.sock", "/up")]
    public void Sockets_are_understood(string text, string socket, string path)
    {
        var target = Parse(text);

        Assert.Equal((socket, path), (target?.Socket, target?.Path));
        Assert.Equal("localhost", target?.Authority);
    }

    [Theory]
    [InlineData("/run/app/health", "/run/app/health")]
    [InlineData("./health", "./health")]
    [InlineData("../health", "../health")]
    [InlineData("file:health", "health")]
    [InlineData("file:/run/health", "/run/health")]
    [InlineData("file:///run/health", "/run/health")]
    public void Files_are_understood(string text, string file) => Assert.Equal(file, Parse(text)?.File);

    [Theory]
    [InlineData("localhost:8080", "'localhost:8080' is no URL")]
    [InlineData("health", "'health' is no URL")]
    [InlineData("65536", "'65536' is no URL")]
    [InlineData("99999999999999999999", "is no URL")]
    [InlineData("ftp://x/", "is no URL")]
    [InlineData("file:", "is no URL")]
    [InlineData("http://", "has no valid host and port")]
    [InlineData("http://:80/", "has no valid host and port")]
    [InlineData("http://a:b/", "has no valid host and port")]
    [InlineData("http://a:/", "has no valid host and port")]
    [InlineData("http://a:70000/", "has no valid host and port")]
    [InlineData("http://[::1/", "has no valid host and port")]
    [InlineData("http://[x]/", "has no valid host and port")]
    [InlineData("http://[::1]80/", "has no valid host and port")]
    [InlineData("http://a b/", "has no valid host and port")]
    [InlineData("http://a\r\nX: y/", "has no valid host and port")]
    [InlineData("http://*:0", "leaves the port to the system")]
    [InlineData("http://a/x y", "must write with %")]
    [InlineData("http://a/x\r\nX: y", "must write with %")]
    [InlineData("http://a/ü", "must write with %")]
    [InlineData("http://unix:", "names no socket")]
    public void What_cannot_be_understood_is_said(string text, string why)
    {
        Assert.Null(ProbeTarget.Parse(text, "/up", isOwn: false, out var fault));
        Assert.Contains(why, fault, StringComparison.Ordinal);

        var verdict = Probed.Ask(text);
        Assert.False(verdict.IsHealthy);
        Assert.StartsWith("unhealthy: ", verdict.Line, StringComparison.Ordinal);
    }

    [Fact]
    public void Secrets_are_not_repeated()
    {
        Assert.Null(ProbeTarget.Parse("http://me:secret@shop/", "/up", isOwn: false, out var fault));
        Assert.DoesNotContain("secret", fault, StringComparison.Ordinal);
        Assert.DoesNotContain("secret", Parse("http://shop/x?key=secret")?.Shown, StringComparison.Ordinal);
    }

    [Fact]
    public void Names_that_the_application_listens_on_are_this_machine_as_Kestrel_has_it()
    {
        Assert.True(ProbeTarget.Parse("http://shop:80", "/up", isOwn: true, out _)?.IsLoopback);
        Assert.False(ProbeTarget.Parse("http://10.0.0.1:80", "/up", isOwn: true, out _)?.IsLoopback);
        Assert.True(ProbeTarget.Parse("http://0.0.0.0:80", "/up", isOwn: true, out _)?.IsLoopback);
    }

    [Fact]
    public void Wrong_default_address_is_said_and_does_not_throw()
    {
        Assert.Contains("the default address in Program: 'x'", HealthProbe.Verdict(["--health-check"], Probed.Nothing, "x", Probed.Patient).Line, StringComparison.Ordinal);
        Assert.False(HealthProbe.Verdict(["--health-check"], Probed.Nothing, null!, Probed.Patient).IsHealthy);
    }

    private static ProbeTarget? Parse(string text) => ProbeTarget.Parse(text, "/up", isOwn: false, out _);
}
