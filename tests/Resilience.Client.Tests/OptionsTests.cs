using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Xunit;

namespace Resilience.Client.Tests;

public sealed class OptionsTests
{
    [Theory]
    [InlineData("Timeout", "00:00:00", "from 00:00:00.0200000 to 01:00:00")]
    [InlineData("Timeout", "-00:00:01", "from 00:00:00.0200000 to 01:00:00")]
    [InlineData("Timeout", "01:00:01", "from 00:00:00.0200000 to 01:00:00")]
    [InlineData("AttemptTimeout", "00:00:00.01", "from 00:00:00.0200000 to 01:00:00")]
    [InlineData("AttemptTimeout", "02:00:00", "from 00:00:00.0200000 to 01:00:00")]
    [InlineData("ConnectTimeout", "00:00:00.01", "from 00:00:00.0200000 to 01:00:00")]
    [InlineData("ConnectTimeout", "02:00:00", "from 00:00:00.0200000 to 01:00:00")]
    [InlineData("MaxReplayBody", "-1", "from 0 to 16777216")]
    [InlineData("MaxReplayBody", "16777217", "from 0 to 16777216")]
    [InlineData("MaxResponseBody", "0", "from 1 to 2147483647")]
    [InlineData("Retry:MaxRetries", "-1", "from 0 to 10")]
    [InlineData("Retry:MaxRetries", "11", "from 0 to 10")]
    [InlineData("Retry:BaseDelay", "-00:00:01", "from 00:00:00 to 01:00:00")]
    [InlineData("Retry:MaxDelay", "-00:00:01", "from 00:00:00 to 01:00:00")]
    [InlineData("Retry:MaxDelay", "01:00:01", "from 00:00:00 to 01:00:00")]
    [InlineData("Retry:StatusCodes", "399", "from 400 to 599")]
    [InlineData("Retry:StatusCodes", "600", "from 400 to 599")]
    [InlineData("Budget:Ratio", "-0.1", "from 0 to 10")]
    [InlineData("Budget:Ratio", "10.1", "from 0 to 10")]
    [InlineData("Budget:Ratio", "NaN", "from 0 to 10")]
    [InlineData("Budget:Floor", "-1", "from 0 to 1000")]
    [InlineData("Budget:Floor", "1001", "from 0 to 1000")]
    [InlineData("Budget:Window", "00:00:00.9", "from 00:00:01 to 00:05:00")]
    [InlineData("Budget:Window", "00:05:01", "from 00:00:01 to 00:05:00")]
    [InlineData("Circuit:FailureRatio", "0", "more than 0 and at most 1")]
    [InlineData("Circuit:FailureRatio", "1.01", "more than 0 and at most 1")]
    [InlineData("Circuit:FailureRatio", "NaN", "more than 0 and at most 1")]
    [InlineData("Circuit:MinSamples", "1", "from 2 to 100000")]
    [InlineData("Circuit:MinSamples", "100001", "from 2 to 100000")]
    [InlineData("Circuit:MinFailures", "1", "from 2 to 100000")]
    [InlineData("Circuit:MinFailures", "100001", "from 2 to 100000")]
    [InlineData("Circuit:Window", "00:00:00.9", "from 00:00:01 to 00:05:00")]
    [InlineData("Circuit:Window", "00:05:01", "from 00:00:01 to 00:05:00")]
    [InlineData("Recovery:MaxWaiting", "0", "from 1 to 1000000")]
    [InlineData("Recovery:MaxWaiting", "1000001", "from 1 to 1000000")]
    [InlineData("Recovery:ProbePath", "health", "begins with one /")]
    [InlineData("Recovery:ProbePath", "//elsewhere/health", "begins with one /")]
    [InlineData("Recovery:ProbePath", "/a b", "begins with one /")]
    public async Task Value_out_of_its_bounds_stops_the_host(string key, string value, string bound)
    {
        var faults = await ConfiguredHost.Catalog(($"Backends:catalog:{key}", value)).FaultsAsync();

        AssertFault(faults, key, Shown(value), bound);
    }

    [Theory]
    [InlineData("Timeout", "30", "2.5 seconds are 00:00:02.5")]
    [InlineData("Timeout", "00:30", "2.5 seconds are 00:00:02.5")]
    [InlineData("Timeout", "30s", "2.5 seconds are 00:00:02.5")]
    [InlineData("AttemptTimeout", "soon", "2.5 seconds are 00:00:02.5")]
    [InlineData("ConnectTimeout", "", "2.5 seconds are 00:00:02.5")]
    [InlineData("MaxReplayBody", "64 KiB", "a whole number")]
    [InlineData("MaxReplayBody", "99999999999", "a whole number")]
    [InlineData("MaxResponseBody", "1.5", "a whole number")]
    [InlineData("MaxResponseBody", "2147483648", "a whole number")]
    [InlineData("Retry:MaxRetries", "three", "a whole number")]
    [InlineData("Retry:BaseDelay", "200", "2.5 seconds are 00:00:02.5")]
    [InlineData("Retry:MaxDelay", "5 s", "2.5 seconds are 00:00:02.5")]
    [InlineData("Retry:Jitter", "Half", "one of Full, None")]
    [InlineData("Retry:Jitter", "1", "one of Full, None")]
    [InlineData("Retry:AllServerErrors", "yes", "true or false")]
    [InlineData("Retry:UnsafeMethods", "Sometimes", "one of WhenUnsent, Never, Always")]
    [InlineData("Budget:Ratio", "20 %", "a number such as 0.2")]
    [InlineData("Budget:Floor", "few", "a whole number")]
    [InlineData("Budget:Window", "10", "2.5 seconds are 00:00:02.5")]
    [InlineData("Circuit:FailureRatio", "80%", "a number such as 0.2")]
    [InlineData("Circuit:MinSamples", "many", "a whole number")]
    [InlineData("Circuit:MinFailures", "-", "a whole number")]
    [InlineData("Circuit:Window", "1m", "2.5 seconds are 00:00:02.5")]
    [InlineData("Recovery:WhenDown", "Panic", "one of Wait, FailFast")]
    [InlineData("Recovery:MaxWaiting", "all", "a whole number")]
    public async Task Value_that_cannot_be_read_stops_the_host(string key, string value, string wanted)
    {
        var faults = await ConfiguredHost.Catalog(($"Backends:catalog:{key}", value)).FaultsAsync();

        AssertFault(faults, key, $"'{value}'", wanted);
    }

    [Fact]
    public async Task Status_code_among_others_is_told_by_itself()
    {
        var faults = await ConfiguredHost.Catalog(("Backends:catalog:Retry:StatusCodes", "503, 600 5xx")).FaultsAsync();

        AssertFault(faults, "Retry:StatusCodes", "600", "from 400 to 599");
        Assert.Contains("Backends:catalog:Retry:StatusCodes has '5xx' but each must be a status such as 503, or AllServerErrors.", faults, StringComparison.Ordinal);
        Assert.DoesNotContain("503'", faults, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Timeuot", "Timeout")]
    [InlineData("Retry:MaxRetires", "MaxRetries")]
    [InlineData("Budget:Rate", "Ratio")]
    [InlineData("Circuit:MinSample", "MinSamples")]
    [InlineData("Recovery:Path", "ProbePath")]
    [InlineData("Retries:Max", "Retry")]
    public async Task Unknown_key_stops_the_host_and_is_told_the_known_ones(string key, string known)
    {
        var faults = await ConfiguredHost.Catalog(($"Backends:catalog:{key}", "1")).FaultsAsync();

        Assert.Contains($"Backends:catalog:{(key.StartsWith("Retries", StringComparison.Ordinal) ? "Retries" : key)} is unknown; known are ", faults, StringComparison.Ordinal);
        Assert.Contains(known, faults, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Timeout:Seconds", "Timeout holds settings of its own but must be one value")]
    [InlineData("Retry", "Retry is '1' but holds settings of its own")]
    public async Task Value_in_place_of_a_section_and_the_reverse_stop_the_host(string key, string fault)
    {
        var faults = await ConfiguredHost.Catalog(($"Backends:catalog:{key}", "1"), ("Backends:catalog:Retry:MaxRetries", "1")).FaultsAsync();

        Assert.Contains($"Backends:catalog:{fault}", faults, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("ConnectTimeout", "00:00:11", "AttemptTimeout", "00:00:10", "at most AttemptTimeout (00:00:10)")]
    [InlineData("Retry:BaseDelay", "00:00:06", "Retry:MaxDelay", "00:00:05", "at most Retry:MaxDelay (00:00:05)")]
    [InlineData("Circuit:MinFailures", "30", "Circuit:MinSamples", "30", "less than Circuit:MinSamples (30)")]
    public async Task Values_that_do_not_go_together_stop_the_host(string key, string value, string other, string otherValue, string bound)
    {
        var faults = await ConfiguredHost.Catalog(($"Backends:catalog:{key}", value), ($"Backends:catalog:{other}", otherValue)).FaultsAsync();

        AssertFault(faults, key, value, bound);
        Assert.Contains("lower it, or raise", faults, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Faults_are_all_told_at_once()
    {
        (string Key, string Value)[] wrong =
        [
            ("Address", "ftp://backend.test"), ("Timeout", "00:00:00"), ("AttemptTimeout", "1 s"), ("MaxReplayBody", "-1"), ("Retry:MaxRetries", "99"),
            ("Retry:Jitter", "Half"), ("Budget:Ratio", "11"), ("Circuit:FailureRatio", "80"), ("Recovery:WhenDown", "Panic"), ("Recovery:Unknown", "1"),
            ("Recovery:ProbePath", "health"),
        ];

        var faults = await ConfiguredHost.Catalog([.. wrong.Select(fault => ($"Backends:catalog:{fault.Key}", (string?)fault.Value))]).FaultsAsync();

        Assert.Equal(wrong.Length, faults.Split("\n  - ").Length - 1);
        Assert.All(wrong, fault => Assert.Contains($"Backends:catalog:{fault.Key} is ", faults, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Faults_of_two_backends_are_told_at_once()
    {
        var builder = ConfiguredHost.Catalog(("Backends:catalog:Timeout", "1"), ("Backends:orders:Timeout", "2"));
        builder.Services.AddResilientBackend("orders");
        using var host = builder.Build();

        var error = await Assert.ThrowsAnyAsync<Exception>(() => host.StartAsync(TestContext.Current.CancellationToken));

        Assert.Contains("Backends:catalog:Timeout is '1'", error.Message, StringComparison.Ordinal);
        Assert.Contains("Backends:orders:Timeout is '2'", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("backend.test:5081", "Address is backend.test:… but must be an absolute http or https URI")]
    [InlineData("/items", "but must be an absolute http or https URI")]
    [InlineData("not a uri", "Address is 'not a uri' but must be an absolute http or https URI")]
    [InlineData("", "but must be an absolute http or https URI")]
    [InlineData("ftp://backend.test", "Address is ftp:… but must be an absolute http or https URI")]
    [InlineData("http://backend.test/?a=b", "Address has user info, a query or a fragment but must have none")]
    [InlineData("http://backend.test/#a", "Address has user info, a query or a fragment but must have none")]
    public async Task Address_that_is_none_stops_the_host(string address, string fault)
    {
        var faults = await ConfiguredHost.Catalog((ConfiguredHost.Address, address)).FaultsAsync();

        Assert.Contains(fault, faults, StringComparison.Ordinal);
        Assert.Equal(2, faults.Split("\n  - ").Length);
    }

    [Theory]
    [InlineData("http://user:hunter2@backend.test")]
    [InlineData("http://hunter2@backend.test")]
    [InlineData("user:hunter2@backend.test")]
    [InlineData("http://user:hunter2@backend test:99999999")]
    [InlineData("http://backend.test/?password=hunter2")]
    [InlineData("ftp://user:hunter2@backend.test")]
    [InlineData("//user:hunter2@backend.test")]
    public async Task Password_in_an_address_is_never_shown(string address)
    {
        var listed = ConfiguredHost.Builder(("Backends:catalog:Addresses:0", address));
        listed.Services.AddResilientBackend("catalog");
        var discovered = ConfiguredHost.Builder(("services:catalog:http:0", address));
        discovered.Services.AddResilientBackend("catalog");
        foreach (var builder in new[] { ConfiguredHost.Catalog((ConfiguredHost.Address, address)), listed, discovered })
        {
            var faults = await builder.FaultsAsync();
            Assert.Contains("Address", faults, StringComparison.Ordinal);
            Assert.DoesNotContain("hunter2", faults, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Address_that_is_missing_is_told_with_what_there_is()
    {
        var builder = ConfiguredHost.Builder(("Backends:catalogue:Address", "http://backend.test"));
        builder.Services.AddResilientBackend("catalog");

        var faults = await builder.FaultsAsync();

        Assert.Contains("Backends:catalog:Address is required", faults, StringComparison.Ordinal);
        Assert.Contains("(Backends has catalogue)", faults, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("services:catalog:http:0", "http://found.test:1234", "http://found.test:1234/")]
    [InlineData("services:catalog:https:0", "https://found.test", "https://found.test/")]
    [InlineData("Backends:catalog:Addresses:0", "http://found.test/v1", "http://found.test/v1/")]
    [InlineData("Backends:catalog:Address", "http://found.test/v1/", "http://found.test/v1/")]
    public async Task Address_is_read_from_each_of_its_places(string key, string value, string expected)
    {
        var builder = ConfiguredHost.Builder((key, value));
        builder.Services.AddResilientBackend("catalog");

        using var host = await builder.StartAsync();

        Assert.Equal(expected, host.Backend().Endpoint.Address.AbsoluteUri);
        Assert.Equal(expected, host.Client().BaseAddress?.AbsoluteUri);
    }

    [Fact]
    public async Task Address_of_its_own_wins_over_discovery_and_https_over_http()
    {
        using var own = await ConfiguredHost.Catalog(("services:catalog:https:0", "https://found.test")).StartAsync();
        var builder = ConfiguredHost.Builder(("services:catalog:https:0", "https://found.test"), ("services:catalog:http:0", "http://found.test"));
        builder.Services.AddResilientBackend("catalog");
        using var discovered = await builder.StartAsync();

        Assert.Equal("http://backend.test:5081/", own.Backend().Endpoint.Address.AbsoluteUri);
        Assert.Equal("https://found.test/", discovered.Backend().Endpoint.Address.AbsoluteUri);
    }

    [Theory]
    [InlineData(false, "Addresses lists 2 addresses")]
    [InlineData(true, "Addresses and Backends:catalog:Address are both set")]
    public async Task Addresses_that_cannot_be_served_stop_the_host(bool both, string fault)
    {
        var builder = both
            ? ConfiguredHost.Catalog(("Backends:catalog:Addresses:0", "http://a.test"))
            : ConfiguredHost.Builder(("Backends:catalog:Addresses:0", "http://a.test"), ("Backends:catalog:Addresses:1", "http://b.test"));
        builder.Services.AddResilientBackend("catalog");

        Assert.Contains($"Backends:catalog:{fault}", await builder.FaultsAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Every_key_reaches_the_engine()
    {
        using var host = await ConfiguredHost.Catalog(
            ("Backends:catalog:Timeout", "00:00:20"), ("Backends:catalog:AttemptTimeout", "00:00:04"), ("Backends:catalog:ConnectTimeout", "00:00:03"),
            ("Backends:catalog:MaxReplayBody", "11"), ("Backends:catalog:MaxResponseBody", "12"), ("backends:CATALOG:retry:maxRetries", "5"),
            ("Backends:catalog:Retry:BaseDelay", "00:00:01"), ("Backends:catalog:Retry:MaxDelay", "00:00:09"), ("Backends:catalog:Retry:Jitter", "none"),
            ("Backends:catalog:Retry:StatusCodes:0", "503"), ("Backends:catalog:Retry:StatusCodes:1", "418"), ("Backends:catalog:Retry:UnsafeMethods", "Always"),
            ("Backends:catalog:Budget:Ratio", "0.5"), ("Backends:catalog:Budget:Floor", "7"), ("Backends:catalog:Budget:Window", "00:00:30"),
            ("Backends:catalog:Circuit:FailureRatio", "0.6"), ("Backends:catalog:Circuit:MinSamples", "40"), ("Backends:catalog:Circuit:MinFailures", "8"),
            ("Backends:catalog:Circuit:Window", "00:01:00"), ("Backends:catalog:Recovery:WhenDown", "FailFast"),
            ("Backends:catalog:Recovery:MaxWaiting", "9"), ("Backends:catalog:Recovery:ProbePath", "/up")).StartAsync();

        var expected = TestSettings.Default with
        {
            Address = new("http://backend.test:5081"),
            ConnectTimeout = TimeSpan.FromSeconds(3),
            BudgetWindow = TimeSpan.FromSeconds(30),
            CircuitWindow = TimeSpan.FromMinutes(1),
            Timeout = TimeSpan.FromSeconds(20),
            AttemptTimeout = TimeSpan.FromSeconds(4),
            MaxReplayBody = 11,
            MaxResponseBody = 12,
            MaxRetries = 5,
            BaseDelay = TimeSpan.FromSeconds(1),
            MaxDelay = TimeSpan.FromSeconds(9),
            Jitter = Jitter.None,
            StatusCodes = new([503, 418]),
            UnsafeMethods = UnsafeMethods.Always,
            BudgetRatio = 0.5,
            BudgetFloor = 7,
            FailureRatio = 0.6,
            MinSamples = 40,
            MinFailures = 8,
            WhenDown = WhenDown.FailFast,
            MaxWaiting = 9,
            ProbePath = "/up",
        };
        Assert.Equal(expected, host.Backend().Settings);
        Assert.Equal(TimeSpan.FromSeconds(3), host.Backend().ConnectTimeout);
    }

    [Theory]
    [InlineData("AllServerErrors", true, true, true)]
    [InlineData("AllServerErrors, 418", false, true, true)]
    [InlineData("503 418", false, true, false)]
    public async Task Status_codes_may_be_one_text(string value, bool has429, bool has503, bool has500)
    {
        using var host = await ConfiguredHost.Catalog(("Backends:catalog:Retry:StatusCodes", value)).StartAsync();

        var codes = host.Backend().Settings.StatusCodes;
        Assert.Equal((has429, has503, has500), (codes.Contains(429), codes.Contains(503), codes.Contains(500)));
    }

    [Fact]
    public async Task Configure_delegate_has_the_last_word_and_is_checked_too()
    {
        var builder = ConfiguredHost.Catalog(("Backends:catalog:Timeout", "00:00:20"));
        builder.Services.AddResilientBackend("catalog", options => options.Timeout = TimeSpan.FromSeconds(7));
        using var host = await builder.StartAsync();
        Assert.Equal(TimeSpan.FromSeconds(7), host.Backend().Settings.Timeout);

        builder = ConfiguredHost.Catalog();
        builder.Services.AddResilientBackend("catalog", options => (options.Timeout, options.Retry.Jitter) = (TimeSpan.FromDays(1), (Jitter)7));
        var faults = await builder.FaultsAsync();
        AssertFault(faults, "Timeout", "1.00:00:00", "to 01:00:00");
        AssertFault(faults, "Retry:Jitter", "7", "one of Full, None");
    }

    [Fact]
    public async Task Relative_address_of_a_delegate_stops_the_host()
    {
        var builder = ConfiguredHost.Builder();
        builder.Services.AddResilientBackend("catalog", options => options.Address = new("/items", UriKind.Relative));

        Assert.Contains("Address is a relative URI", await builder.FaultsAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public void Backend_without_configuration_is_made_by_its_delegate()
    {
        var services = new ServiceCollection();
        services.AddResilientBackend("catalog", options => options.Address = new("http://backend.test"));
        using var provider = services.BuildServiceProvider();

        Assert.Equal("http://backend.test/", provider.GetRequiredService<IBackends>()["catalog"].Address.AbsoluteUri);
        Assert.NotNull(provider.GetRequiredService<IOptionsMonitor<BackendOptions>>().Get("catalog").Address);
    }

    // Times are shown in their long form.
    private static string Shown(string value) =>
        value.Contains(':', StringComparison.Ordinal) && TimeSpan.TryParse(value, out var time) ? time.ToString() : value;

    private static void AssertFault(string faults, string key, string value, string bound)
    {
        var fault = Assert.Single(faults.Split('\n'), line =>
            line.Contains($"Backends:catalog:{key} is {value} ", StringComparison.Ordinal) && line.Contains(bound, StringComparison.Ordinal));
        Assert.Contains(" must be ", fault, StringComparison.Ordinal);
    }
}
