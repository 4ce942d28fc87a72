using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Options;
using Xunit;

namespace Resilience.Health.Tests.Checks;

public sealed class CheckExtensionsTests
{
    public static TheoryData<string, Action<IHealthChecksBuilder>> Verbs => new()
    {
        { "tcp", checks => checks.AddTcpCheck("x", "host", 1, tags: ["a", "b"]) },
        { "tcp address", checks => checks.AddTcpCheck("x", "tcp://[::1]:1/") },
        { "http", checks => checks.AddHttpCheck("x", "http://host/path", options => options.Headers["a"] = "b") },
        { "http uri", checks => checks.AddHttpCheck("x", new Uri("https://host"), options => options.ExpectedStatuses.Add(418)) },
        { "dns", checks => checks.AddDnsCheck("x", "host_name", options => options.MinAddresses = 2) },
        { "redis", checks => checks.AddRedisCheck("x", "host,password=p", options => options.RequireWritable = true) },
        { "redis by name", checks => checks.AddRedisCheck("x") },
        { "disk", checks => checks.AddDiskCheck("x", options => options.Path = "data", HealthStatus.Degraded) },
        { "memory", checks => checks.AddMemoryCheck("x") },
    };

    public static TheoryData<string, Action<IHealthChecksBuilder>> Unusable => new()
    {
        { "name", checks => checks.AddMemoryCheck(" ") },
        { "port", checks => checks.AddTcpCheck("x", "host", 0) },
        { "port", checks => checks.AddTcpCheck("x", "host", 65536) },
        { "host must", checks => checks.AddTcpCheck("x", "ho st", 1) },
        { "host must", checks => checks.AddTcpCheck("x", "", 1) },
        { "host:port", checks => checks.AddTcpCheck("x", "secret") },
        { "host:port", checks => checks.AddTcpCheck("x", "tcp://user:secret@host:1") },
        { "host:port", checks => checks.AddTcpCheck("x", "http://host:1") },
        { "absolute", checks => checks.AddHttpCheck("x", "/secret") },
        { "absolute", checks => checks.AddHttpCheck("x", "") },
        { "absolute", checks => checks.AddHttpCheck("x", "ftp://secret") },
        { "absolute", checks => checks.AddHttpCheck("x", new Uri("secret", UriKind.Relative)) },
        { "user info", checks => checks.AddHttpCheck("x", "http://user:secret@host") },
        { "port", checks => checks.AddHttpCheck("x", "http://host:0") },
        { "Method", checks => checks.AddHttpCheck("x", "http://host", options => options.Method = "") },
        { "ExpectedStatuses has 42", checks => checks.AddHttpCheck("x", "http://host", options => options.ExpectedStatuses.Add(42)) },
        { "ExpectedText is empty", checks => checks.AddHttpCheck("x", "http://host", options => options.ExpectedText = "") },
        { "HEAD", checks => checks.AddHttpCheck("x", "http://host", options => (options.Method, options.ExpectedText) = ("HEAD", "x")) },
        { "MaxBodyBytes", checks => checks.AddHttpCheck("x", "http://host", options => options.MaxBodyBytes = 0) },
        { "Headers has 'a'", checks => checks.AddHttpCheck("x", "http://host", options => options.Headers["a"] = "secret\n") },
        { "Headers has 'Content-Type'", checks => checks.AddHttpCheck("x", "http://host", options => options.Headers["Content-Type"] = "secret") },
        { "host must", checks => checks.AddDnsCheck("x", "a/b") },
        { "MinAddresses", checks => checks.AddDnsCheck("x", "a", options => options.MinAddresses = 0) },
        { "part 2", checks => checks.AddRedisCheck("x", "host;password=a,:secret") },
        { "no server", checks => checks.AddRedisCheck("x", "") },
        { "Path", checks => checks.AddDiskCheck("x", options => options.Path = "") },
        { "MinFreeBytes", checks => checks.AddDiskCheck("x", options => options.MinFreeBytes = -1) },
        { "MaxUsedRatio", checks => checks.AddDiskCheck("x", options => options.MaxUsedRatio = double.NaN) },
        { "MaxRatio", checks => checks.AddMemoryCheck("x", options => options.MaxRatio = 1.01) },
        { "DegradedRatio", checks => checks.AddMemoryCheck("x", options => options.DegradedRatio = 0.96) },
        { "DegradedRatio", checks => checks.AddMemoryCheck("x", options => options.DegradedRatio = double.NaN) },
    };

    [Theory]
    [MemberData(nameof(Verbs), DisableDiscoveryEnumeration = true)]
    public void Same_check_twice_is_one_and_another_of_its_name_is_a_duplicate(string _, Action<IHealthChecksBuilder> add)
    {
        using var provider = CheckRun.Provider(checks =>
        {
            add(checks);
            add(checks);
        }, ("ConnectionStrings:x", "host"));
        var registration = Assert.Single(provider.GetRequiredService<IOptions<HealthCheckServiceOptions>>().Value.Registrations);
        Assert.Equal("x", registration.Name);
        Assert.Same(registration.Factory(provider), registration.Factory(provider));

        using var both = CheckRun.Provider(checks =>
        {
            add(checks);
            checks.AddTcpCheck("x", "other", 2);
        });
        Assert.Equal(2, both.GetRequiredService<IOptions<HealthCheckServiceOptions>>().Value.Registrations.Count);
    }

    [Fact]
    public void Whatever_differs_makes_another_check()
    {
        using var provider = CheckRun.Provider(checks => checks
            .AddTcpCheck("x", "host", 1).AddTcpCheck("x", "host", 2).AddTcpCheck("x", "host", 1, HealthStatus.Degraded).AddTcpCheck("x", "host", 1, tags: ["a"])
            .AddTcpCheck("y", "host", 1).AddTcpCheck("x", "host:1")
            .AddHttpCheck("x", "http://host").AddHttpCheck("x", "http://host", options => options.Headers["a"] = "b").AddHttpCheck("x", new Uri("http://host/")));
        Assert.Equal(7, provider.GetRequiredService<IOptions<HealthCheckServiceOptions>>().Value.Registrations.Count);
    }

    [Theory]
    [MemberData(nameof(Unusable), DisableDiscoveryEnumeration = true)]
    public void Unusable_input_throws_with_the_reason_and_no_secret(string expected, Action<IHealthChecksBuilder> add)
    {
        var failure = Assert.ThrowsAny<ArgumentException>(() => add(new ServiceCollection().AddHealthChecks()));
        Assert.Contains(expected, failure.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("secret", failure.Message, StringComparison.Ordinal);
        Assert.Null(failure.InnerException);
    }

    [Fact]
    public void All_faults_are_said_at_once()
    {
        var failure = Assert.Throws<ArgumentException>(() => new ServiceCollection().AddHealthChecks().AddHttpCheck("x", "ftp://host", options =>
        {
            (options.Method, options.MaxBodyBytes, options.ExpectedText) = ("POST", 0, "");
            options.ExpectedStatuses.UnionWith([1, 2]);
        }));
        foreach (var word in (string[])["absolute", "Method", "MaxBodyBytes", "ExpectedText", "has 1 ", "has 2 "])
            Assert.Contains(word, failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Host_reads_the_connection_string_that_has_the_checks_name()
    {
        using var redis = await RedisServer.StartNewAsync();
        var result = await CheckRun.OnceAsync(checks => checks.AddRedisCheck("cache"), setting: ("ConnectionStrings:cache", redis.Address));
        Assert.Equal(HealthStatus.Healthy, result.Status);
        Assert.Null(await CheckRun.StartFaultAsync(checks => checks.AddRedisCheck("cache"), ("ConnectionStrings:cache", redis.Address)));
    }

    [Theory]
    [InlineData(null, "ConnectionStrings:cache is missing")]
    [InlineData(" ", "ConnectionStrings:cache is missing")]
    [InlineData("host,ssll=secret", "'ssll' is unknown")]
    [InlineData("redis://secret@host", "one word before the @")]
    public async Task Host_does_not_start_without_a_usable_connection_string(string? value, string expected)
    {
        var fault = await CheckRun.StartFaultAsync(checks => checks.AddRedisCheck("cache"), value is null ? null : ("ConnectionStrings:cache", value));

        Assert.Contains(expected, fault, StringComparison.Ordinal);
        Assert.Contains("ConnectionStrings:cache", fault, StringComparison.Ordinal);
        Assert.DoesNotContain("secret", fault, StringComparison.Ordinal);
    }

    [Fact]
    public void Registration_shows_no_secret()
    {
        var services = new ServiceCollection();
        services.AddHealthChecks().AddRedisCheck("a", "host,user=someone,password=secret").AddHttpCheck("b", "http://host?secret", options => options.Headers["a"] = "secret");
        var shown = string.Join(' ', services.Where(service => service is { IsKeyedService: false, ImplementationInstance: CheckRegistration }).Select(service => service.ImplementationInstance));
        Assert.Contains("host", shown, StringComparison.Ordinal);
        Assert.DoesNotContain("secret", shown, StringComparison.Ordinal);
    }
}
