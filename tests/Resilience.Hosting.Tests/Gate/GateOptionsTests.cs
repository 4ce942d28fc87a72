using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Xunit;

namespace Resilience.Hosting.Tests.Gate;

/// <summary>Options: what they may be, and how faults are said.</summary>
[Collection(VirtualTime.Name)]
public sealed class GateOptionsTests
{
    [Theory]
    [InlineData("Timeout", "00:00:00.099", "StartupGate:Timeout is 00:00:00.0990000 but must be from 00:00:00.1000000 to 1.00:00:00: bring it within.")]
    [InlineData("Timeout", "1.00:00:01", "StartupGate:Timeout is 1.00:00:01 but must be from 00:00:00.1000000 to 1.00:00:00: bring it within.")]
    [InlineData("Timeout", "60", "StartupGate:Timeout is '60' but must be hours:minutes:seconds; 2.5 seconds are 00:00:02.5.")]
    [InlineData("OptionalTimeout", "-00:00:01", "StartupGate:OptionalTimeout is -00:00:01 but must be from 00:00:00 to 1.00:00:00: bring it within.")]
    [InlineData("OptionalTimeout", "1.00:00:01", "StartupGate:OptionalTimeout is 1.00:00:01 but must be")]
    [InlineData("ReportPeriod", "00:00:00.05", "StartupGate:ReportPeriod is 00:00:00.0500000 but must be from 00:00:00.1000000 to 01:00:00: bring it within.")]
    [InlineData("ReportPeriod", "01:00:01", "StartupGate:ReportPeriod is 01:00:01 but must be")]
    [InlineData("Mode", "Block", "StartupGate:Mode is 'Block' but must be one of Auto, Serve, Hold.")]
    [InlineData("KeepWaiting", "yes", "StartupGate:KeepWaiting is 'yes' but must be true or false.")]
    [InlineData("TimeOuts", "00:00:10", "StartupGate:TimeOuts is unknown; known are Checks, KeepWaiting, Mode, OptionalTimeout, ReportPeriod, Timeout.")]
    [InlineData("Checks:db", "true", "StartupGate:Checks:db is 'true' but must be a section with keys of its own.")]
    [InlineData("Checks:db:Timeout", "-00:00:01", "StartupGate:Checks:db:Timeout is -00:00:01 but must be from 00:00:00 to 1.00:00:00: bring it within.")]
    [InlineData("Checks:db:Timeout", "1.00:00:01", "StartupGate:Checks:db:Timeout is 1.00:00:01 but must be")]
    [InlineData("Checks:db:Stage", "-1", "StartupGate:Checks:db:Stage is -1 but must be from 0 to 100: bring it within.")]
    [InlineData("Checks:db:Stage", "101", "StartupGate:Checks:db:Stage is 101 but must be from 0 to 100: bring it within.")]
    [InlineData("Checks:db:Stage", "first", "StartupGate:Checks:db:Stage is 'first' but must be a whole number.")]
    [InlineData("Checks:db:Required", "no", "StartupGate:Checks:db:Required is 'no' but must be true or false.")]
    [InlineData("Checks:db:Critical", "false", "StartupGate:Checks:db:Critical is unknown; known are Required, Stage, Timeout.")]
    [InlineData("Checks:bd:Stage", "1", "StartupGate:Checks:bd configures a check that is not waited for: tag it 'startup', or correct the name (db).")]
    [InlineData("Checks:plain:Stage", "1", "StartupGate:Checks:plain configures a check that is not waited for: tag it 'startup', or correct the name (db).")]
    public async Task Wrong_value_stops_the_host_with_key_value_and_bound(string key, string value, string fault)
    {
        using var bench = new GateBench(("StartupGate:" + key, value));
        bench.Add("db").IsWell();
        bench.Add("plain", tag: "other").IsWell();

        var refusal = await Assert.ThrowsAsync<OptionsValidationException>(bench.Start);

        Assert.Contains("\n  - " + fault, refusal.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Timeout", "00:00:00.1")]
    [InlineData("Timeout", "1.00:00:00")]
    [InlineData("OptionalTimeout", "00:00:00")]
    [InlineData("ReportPeriod", "01:00:00")]
    [InlineData("Mode", "serve")]
    [InlineData("Checks:DB:Stage", "100")]
    [InlineData("Checks:db:Timeout", "1.00:00:00")]
    public async Task Bounds_themselves_are_allowed(string key, string value)
    {
        using var bench = new GateBench(("StartupGate:" + key, value));
        bench.Add("db").IsWell();

        await bench.Start().Within();
    }

    [Fact]
    public async Task All_faults_are_said_in_one_message_with_those_of_health_checks()
    {
        using var bench = new GateBench(("StartupGate:Timeout", "00:00:00"), ("StartupGate:Checks:nobody:Stage", "200"), ("Health:Period", "00:00:00"), ("Health:Checks:none:Critical", "true"));
        bench.Add("db").IsWell();

        var refusal = await Assert.ThrowsAsync<OptionsValidationException>(bench.Start);

        string[] parts = ["StartupGate:Timeout", "StartupGate:Checks:nobody configures", "StartupGate:Checks:nobody:Stage", "Health:Period", "Health:Checks:none"];
        Assert.All(parts, part => Assert.Contains("\n  - " + part, refusal.Message, StringComparison.Ordinal));
        Assert.DoesNotContain(bench.Log.Lines, line => line.Contains("Startup gate", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Code_has_the_last_word_over_the_section()
    {
        using var bench = new GateBench(("StartupGate:Timeout", "00:00:30"), ("StartupGate:Checks:db:Timeout", "00:00:20"));
        bench.Builder.Services.AddStartupGate(options => options.Check("DB").Timeout = TimeSpan.FromSeconds(3));
        bench.Add("db");

        var (took, _) = await bench.UntilFailed(bench.Start());

        Assert.Equal(TimeSpan.FromSeconds(3), took);
    }

    [Fact]
    public async Task Host_without_checks_to_wait_for_starts_and_says_so()
    {
        using var bench = new GateBench();
        bench.Add("plain", tag: "other");

        await bench.Start().Within();

        Assert.True(bench.Gate.IsOpen);
        Assert.Equal(["there is nothing to wait for, so it is open from the start. Tag the checks that the start needs with 'startup' (CheckTags.Startup), or remove AddStartupGate"], bench.Said);
        Assert.True(bench.Current.HasStarted);
    }

    [Fact]
    public async Task Gate_added_twice_is_one_and_both_delegates_count()
    {
        using var bench = new GateBench();
        bench.Builder.Services.AddStartupGate(options => options.Timeout = TimeSpan.FromSeconds(4)).AddStartupGate(options => options.ReportPeriod = TimeSpan.FromSeconds(1));
        bench.Add("db");

        var (took, _) = await bench.UntilFailed(bench.Start());

        Assert.Equal(TimeSpan.FromSeconds(4), took);
        Assert.Equal(3, bench.Said.Count(line => line.Contains("waiting for db", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task Two_checks_of_one_name_stop_the_host()
    {
        using var bench = new GateBench();
        bench.Add("db").IsWell();
        bench.Add("DB").IsWell();

        var refusal = await Assert.ThrowsAsync<OptionsValidationException>(bench.Start);

        Assert.Contains("2 checks are named 'db'", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Two_checks_of_one_name_that_are_let_pass_are_waited_for_as_one()
    {
        using var bench = new GateBench(("Health:WarnOnly", "true"));
        bench.Add("db").IsWell();
        bench.Add("DB");

        await bench.Start().Within();

        Assert.Equal("waiting for 1 check, 60 s at most: db", bench.Said[0]);
    }
}
