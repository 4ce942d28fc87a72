using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Options;
using Xunit;

namespace Resilience.Health.Tests.Evaluation;

/// <summary>What the host refuses to start with: everything at once, each with its key, its value and the fix.</summary>
[Collection(VirtualTime.Name)]
public sealed class StartValidationTests
{
    [Theory]
    [InlineData("Period", "00:00:00.05", "Health:Period is 00:00:00.0500000 but must be from 00:00:00.1000000 to 1.00:00:00: bring it within.")]
    [InlineData("Timeout", "00:11:00", "Health:Timeout is 00:11:00 but must be from 00:00:00.0100000 to 00:10:00: bring it within.")]
    [InlineData("Timeout", "-00:00:01", "Health:Timeout is -00:00:01 but must be")]
    [InlineData("MaxConcurrent", "0", "Health:MaxConcurrent is 0 but must be from 1 to 1000: bring it within.")]
    [InlineData("FailureThreshold", "101", "Health:FailureThreshold is 101 but must be from 1 to 100: bring it within.")]
    [InlineData("SuccessThreshold", "-1", "Health:SuccessThreshold is -1 but must be from 1 to 100: bring it within.")]
    [InlineData("StaleAfter", "00:00:35", "Health:StaleAfter is 00:00:35 but must be more than Period and Timeout together, and a tenth (00:00:38): raise it, or leave it out.")]
    [InlineData("MinRefreshInterval", "02:00:00", "Health:MinRefreshInterval is 02:00:00 but must be from 00:00:00 to 01:00:00: bring it within.")]
    [InlineData("DrainDelay", "00:06:00", "Health:DrainDelay is 00:06:00 but must be from 00:00:00 to 00:05:00: bring it within.")]
    [InlineData("Mode", "Sometimes", "Health:Mode is 'Sometimes' but must be one of Background, OnDemand.")]
    [InlineData("Mode", "1", "Health:Mode is '1' but must be one of Background, OnDemand.")]
    [InlineData("Period", "30", "Health:Period is '30' but must be hours:minutes:seconds; 2.5 seconds are 00:00:02.5.")]
    [InlineData("Period", "00:30", "Health:Period is '00:30' but must be")]
    [InlineData("Period:Seconds", "30", "Health:Period has keys below it but must be hours:minutes:seconds")]
    [InlineData("MaxConcurrent", "many", "Health:MaxConcurrent is 'many' but must be a whole number.")]
    [InlineData("WarnOnly", "yes", "Health:WarnOnly is 'yes' but must be true or false.")]
    [InlineData("Perod", "00:00:30", "Health:Perod is unknown; known are Checks, DrainDelay, FailingPeriod,")]
    [InlineData("HeartbeatFile", "/no/such/folder/file", "Health:HeartbeatFile is '/no/such/folder/file' but must be a file in a folder that exists: create the folder, or correct the path.")]
    [InlineData("Checks:db:Periud", "00:00:30", "Health:Checks:db:Periud is unknown; known are Critical,")]
    [InlineData("Checks:db:Period", "25:00:00", "Health:Checks:db:Period is '25:00:00' but must be")]
    [InlineData("Checks:db:Period", "1.01:00:00", "Health:Checks:db:Period is 1.01:00:00 but must be from 00:00:00.1000000 to 1.00:00:00: bring it within.")]
    [InlineData("Checks:db:Timeout", "00:00:00", "Health:Checks:db:Timeout is 00:00:00 but must be")]
    [InlineData("Checks:db:FailureThreshold", "0", "Health:Checks:db:FailureThreshold is 0 but must be")]
    [InlineData("Checks:db:SuccessThreshold", "0", "Health:Checks:db:SuccessThreshold is 0 but must be")]
    [InlineData("Checks:db:HealthyText", "All right", "Health:Checks:db:HealthyText is 'All right' but must be 1 to 40 lower-case letters and underscores: for example connected.")]
    [InlineData("Checks:db:Critical", "no", "Health:Checks:db:Critical is 'no' but must be true or false.")]
    [InlineData("Checks:db", "critical", "Health:Checks:db is 'critical' but must be a section with keys of its own.")]
    [InlineData("Checks:bd:Critical", "true", "Health:Checks:bd configures a check that does not exist: there are db, cache.")]
    [InlineData("Checks:cach:Critical", "false", "Health:Checks:cach configures a check that does not exist: did you mean 'cache'?")]
    [InlineData("Checks:cache:Critical", "true", "Health:Checks:cache:Critical is true, but the check is registered to fail as Degraded: register it with failureStatus Unhealthy, or leave it optional.")]
    [InlineData("Groups:empty", "", "Group 'empty' is empty and would always be healthy: name tags or checks in it, or remove it.")]
    [InlineData("Groups:data", "db,dbs", "Group 'data' names 'dbs', which is neither a tag nor a check: did you mean 'db'?")]
    [InlineData("Groups:Live", "db", "Group 'Live' would hide the endpoint of that name: rename it.")]
    [InlineData("Groups:a/b", "db", "Group 'a/b' is to be part of a path: name it with letters, digits, '-', '_' and '.' only.")]
    [InlineData("Groups:..", "db", "Group '..' is to be part of a path")]
    public async Task Wrong_setting_is_told(string key, string value, string fault) => Assert.Contains("\n  - " + fault, await FaultsAsync(("Health:" + key, value)), StringComparison.Ordinal);

    [Theory]
    [InlineData("Groups:data", "db cache")]
    [InlineData("Groups:data:0", "TAGGED")]
    [InlineData("groups:v1.2_a-b", "db")]
    [InlineData("period", "00:00:30")]
    [InlineData("Checks:DB:Critical", "False")]
    [InlineData("Checks:cache:Critical", "false")]
    [InlineData("Mode", "oNdEmAnD")]
    public async Task Right_setting_is_taken(string key, string value)
    {
        using var bench = new EvaluatorBench(("Health:" + key, value));
        bench.Add("db", HealthStatus.Unhealthy, "tagged");
        bench.Add("cache", HealthStatus.Degraded);
        await bench.StartAsync();
        Assert.Equal(2, bench.Current.Checks.Count);
    }

    [Fact]
    public async Task All_faults_are_in_one_message()
    {
        using var bench = new EvaluatorBench(("Health:Period", "x"), ("Health:Timeout", "01:00:00"), ("Health:Colour", "red"), ("Health:Checks:bd:Critical", "true"), ("Health:Groups:ready", "dbb"));
        bench.Add("db");
        bench.Add("DB");
        bench.Add(" ");
        bench.Add("slow", HealthStatus.Unhealthy, "startpu", "lvie", "alive", "fine");
        bench.Checks.AddCheck<HealthChecks.Fake.FakeCheck>("asks", tags: ["LIVE"]);
        bench.Checks.Add(new HealthCheckRegistration("eternal", _ => new HealthChecks.Fake.FakeCheck(), null, null, TimeSpan.MaxValue) { Period = TimeSpan.MaxValue });
        bench.Builder.Services.AddSingleton(new CheckFault("tcp", "has no host: name one.")).AddSingleton(new CheckFault("dns", null));
        var thrown = await Assert.ThrowsAsync<OptionsValidationException>(() => bench.StartAsync(() => bench.Evaluator.ValidateAtStart(() => ["The endpoints have no port: name one."])));
        string[] expected = [
            "Health:Period is 'x' but must be", "Health:Timeout is 01:00:00 but", "Health:Colour is unknown", "The endpoints have no port: name one.",
            "Check 'eternal' is registered with the timeout 10675199.02:48:05.4775807 but that must be from 00:00:00.0100000 to 00:10:00: correct the registration, or set Health:Checks:eternal:Timeout.",
            "Check 'eternal' is registered with the period", "Check 'tcp': has no host: name one.",
            "2 checks are named 'db', and names are not case-sensitive: rename all but one.", "A check has an empty name: give it one.",
            "Check 'slow' carries the unknown tag 'startpu': did you mean 'startup'?", "Check 'slow' carries the unknown tag 'lvie': did you mean 'live'?",
            "Health:Checks:bd configures a check", "Group 'ready' would hide", "Group 'ready' names 'dbb'",
            "Check 'asks' carries 'live' but asks another service, so that its outage would restart this one: remove the tag, or say ConfigureCheck(\"asks\", check => check.InProcess = true) if it does not."];
        Assert.All(expected, fault => Assert.Contains("\n  - " + fault, thrown.Message, StringComparison.Ordinal));
        Assert.DoesNotContain("'dns'", thrown.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("'fine'", thrown.Message, StringComparison.Ordinal);
        Assert.Single(thrown.Failures);
    }

    [Fact]
    public async Task Faulty_set_of_checks_is_only_logged_if_so_wanted_and_wrong_values_are_not()
    {
        using (var bench = new EvaluatorBench(("Health:WarnOnly", "true"), ("Health:Checks:bd:Critical", "true")))
        {
            bench.Add("db", HealthStatus.Unhealthy, "startpu");
            bench.Add("Db");
            await bench.StartAsync();
            Assert.Equal(["db"], bench.Current.Checks.Select(check => check.Name)); // Of two with one name, the first.
            Assert.Equal(3, bench.Log.Lines.Count(line => line.StartsWith("Warning: Health checks are not in order: ", StringComparison.Ordinal)));
        }

        using var wrong = new EvaluatorBench(("Health:WarnOnly", "true"), ("Health:MaxConcurrent", "0"));
        await Assert.ThrowsAsync<OptionsValidationException>(() => wrong.StartAsync());

        using var unusable = new EvaluatorBench(("Health:WarnOnly", "true"));
        unusable.Builder.Services.AddSingleton(new CheckFault("tcp", "has no host: name one."));
        await Assert.ThrowsAsync<OptionsValidationException>(() => unusable.StartAsync());
    }

    [Theory]
    [InlineData("startpu", "startup")]
    [InlineData("start-up", "startup")]
    [InlineData("Start_Up", "startup")]
    [InlineData("starup", "startup")]
    [InlineData("startups", "startup")]
    [InlineData("lvie", "live")]
    [InlineData("livve", "live")]
    [InlineData("LIVE", null)]
    [InlineData("alive", null)]
    [InlineData("line", null)]
    [InlineData("love", null)]
    [InlineData("lives", null)]
    [InlineData("start", null)]
    [InlineData("started", null)]
    [InlineData("status", null)]
    [InlineData("db", null)]
    [InlineData("", null)]
    public void Slips_are_told_from_other_words(string tag, string? meant) =>
        Assert.Equal(meant, Array.Find([CheckTags.Startup, CheckTags.Live], ours => Words.IsSlip(tag, ours)));

    [Fact]
    public async Task Checks_whose_failure_would_never_show_stop_the_host()
    {
        using var bench = new EvaluatorBench(("Health:Checks:c:Critical", "false"));
        bench.Add("a", HealthStatus.Healthy);
        bench.Add("b", HealthStatus.Degraded, CheckTags.Live);
        bench.Add("c", HealthStatus.Unhealthy, CheckTags.Live);
        bench.Add("d", HealthStatus.Unhealthy, CheckTags.Live);
        bench.Checks.AddCheck<HealthChecks.System.FakeSystemCheck>("process", tags: [CheckTags.Live]);
        var thrown = await Assert.ThrowsAsync<OptionsValidationException>(() => bench.StartAsync());
        Assert.Contains("Check 'a' is registered to fail as Healthy", thrown.Message, StringComparison.Ordinal);
        Assert.Contains("Check 'b' carries 'live' but is optional", thrown.Message, StringComparison.Ordinal);
        Assert.Contains("Check 'c' carries 'live' but is optional", thrown.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("'d'", thrown.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("'process'", thrown.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Faults_found_after_the_start_are_thrown_at_once()
    {
        using var bench = new EvaluatorBench();
        await bench.StartAsync();
        bench.Evaluator.ValidateAtStart(() => []);
        Assert.Contains("open to anybody", Assert.Throws<OptionsValidationException>(() => bench.Evaluator.ValidateAtStart(() => ["It is open to anybody."])).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Shorter_period_alone_is_enough()
    {
        using var bench = new EvaluatorBench(("Health:Period", "00:00:02"));
        var check = bench.Add("db");
        check.Fails();
        await bench.StartAsync();
        bench.Time.AdvanceSeconds(600);
        Assert.InRange(check.Times[^1] - check.Times[^2], TimeSpan.FromSeconds(1.8), TimeSpan.FromSeconds(2.2));
    }

    [Fact]
    public async Task Live_check_of_an_asking_kind_may_be_declared_in_process()
    {
        using var bench = new EvaluatorBench();
        bench.Checks.AddCheck<HealthChecks.Fake.FakeCheck>("asks", tags: [CheckTags.Live]).ConfigureCheck("ASKS", check => check.InProcess = true);
        bench.Add("ours", HealthStatus.Unhealthy, CheckTags.Live);
        await bench.StartAsync();
        Assert.True(bench.Current.IsLive);
    }

    [Fact]
    public async Task Live_check_that_cannot_be_created_or_not_soon_holds_up_nothing()
    {
        using var release = new ManualResetEventSlim();
        using var bench = new EvaluatorBench();
        bench.Checks.Add(new HealthCheckRegistration("throws", _ => throw new InvalidOperationException(), null, [CheckTags.Live]));
        bench.Checks.Add(new HealthCheckRegistration("blocks", _ =>
        {
            release.Wait(CancellationToken.None);
            return new ScriptedCheck(bench.Time);
        }, null, [CheckTags.Live]));
        var starting = bench.StartAsync();
        bench.Time.AdvanceSeconds(5.1);
        await starting.Within();
        Assert.Equal(CheckErrors.NotCreated, bench.Current["throws"]?.Error);
        release.Set();
    }

    [Fact]
    public async Task Delegates_have_the_last_word_over_the_configuration()
    {
        using var bench = new EvaluatorBench(("Health:Period", "00:00:20"), ("Health:Checks:db:HealthyText", "fine"));
        var check = bench.Add("db");
        bench.Builder.Services.AddHealthEvaluator(health => health.FailingPeriod = TimeSpan.FromSeconds(2)).AddHealthEvaluator(health => health.Period = TimeSpan.FromSeconds(3));
        bench.Checks.ConfigureCheck("db", own => own.HealthyText = "connected");
        await bench.StartAsync();
        bench.Time.AdvanceSeconds(30);
        Assert.InRange(check.Runs, 10, 13);
        Assert.Equal("connected", bench.Current["db"]?.Word);
    }

    [Fact]
    public async Task Groups_hold_the_names_of_their_checks()
    {
        using var bench = new EvaluatorBench(("Health:Groups:data:0", "Store"), ("Health:Groups:data:1", "mail"), ("Health:Groups:one", "db"));
        bench.Add("db", HealthStatus.Unhealthy, "store");
        bench.Add("files", HealthStatus.Unhealthy, "store");
        bench.Add("mail");
        bench.Add("other");
        await bench.StartAsync();
        Assert.Equal(["db", "files", "mail"], bench.Evaluator.Groups["DATA"]);
        Assert.Equal(["db"], bench.Evaluator.Groups["one"]);
    }

    private static async Task<string> FaultsAsync(params (string, string?)[] settings)
    {
        using var bench = new EvaluatorBench(settings);
        bench.Add("db", HealthStatus.Unhealthy, "tagged");
        bench.Add("cache", HealthStatus.Degraded);
        return (await Assert.ThrowsAsync<OptionsValidationException>(() => bench.StartAsync())).Message;
    }
}
