using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Xunit;

namespace Resilience.Health.Tests.Checks;

/// <summary>Against a real redis-server, in every state we know how to bring about.</summary>
public sealed class RedisCheckTests
{
    private const string Secret = "s3cr&t=Wörd";
    private static readonly TimeSpan Short = TimeSpan.FromMilliseconds(300);

    [Fact]
    public async Task Server_that_is_up_is_connected_and_says_what_it_is()
    {
        using var redis = await RedisServer.StartNewAsync("--maxclients", "77");

        var result = await AskAsync(redis.Address);

        Assert.Equal((HealthStatus.Healthy, "connected"), (result.Status, result.Description));
        Assert.Equal("primary", result.Data["role"]);
        Assert.StartsWith("7.", Assert.IsType<string>(result.Data["version"]), StringComparison.Ordinal);
        Assert.Equal((1L, 77L), (result.Data["connectedClients"], result.Data["maxClients"]));
        Assert.InRange(Assert.IsType<long>(result.Data["usedMemory"]), 1, long.MaxValue);
    }

    [Fact]
    public async Task Server_that_stops_and_returns_is_refused_and_connected()
    {
        using var redis = await RedisServer.StartNewAsync();
        await using var provider = CheckRun.Provider(checks => checks.AddRedisCheck("cache", redis.Address));

        redis.Stop();
        (await provider.OnceAsync()).AssertHolds(CheckErrors.Refused);
        await redis.StartAsync();
        Assert.Equal(HealthStatus.Healthy, (await provider.OnceAsync()).Status);
    }

    [Fact]
    public async Task Password_decides_and_is_never_shown()
    {
        using var redis = await RedisServer.StartNewAsync("--requirepass", Secret);

        Assert.Equal(HealthStatus.Healthy, (await AskAsync($"{redis.Address},password={Secret}")).Status);
        Assert.Equal(HealthStatus.Healthy, (await AskAsync($"redis://:{Uri.EscapeDataString(Secret)}@{redis.Address}")).Status);
        foreach (var wrong in (string[])[$"{redis.Address},password={Secret}x", $"redis://:{Uri.EscapeDataString(Secret)}x@{redis.Address}", redis.Address])
        {
            var result = await AskAsync(wrong);
            result.AssertHolds(CheckErrors.Authentication);
            result.AssertHidden(Secret);
        }
    }

    [Fact]
    public async Task User_needs_its_own_password_and_what_the_check_asks()
    {
        using var redis = await RedisServer.StartNewAsync();
        await redis.RunAsync($"ACL SETUSER watcher on >{Secret} +ping", $"ACL SETUSER blind on >{Secret} +info");

        var allowed = await AskAsync($"{redis.Address},user=watcher,password={Secret}");
        Assert.Equal((HealthStatus.Healthy, false), (allowed.Status, allowed.Data.ContainsKey("role")));
        foreach (var (user, password, code) in ((string, string, string)[])[
            ("watcher", "wrong", CheckErrors.Authentication), ("nobody", Secret, CheckErrors.Authentication), ("blind", Secret, CheckErrors.Forbidden)])
        {
            var result = await AskAsync($"{redis.Address},user={user},password={password}");
            result.AssertHolds(code);
            result.AssertHidden(Secret);
            result.AssertHidden(user);
        }

        (await AskAsync($"{redis.Address},user=watcher,password={Secret}", options => options.RequireWritable = true)).AssertHolds(CheckErrors.Forbidden);
    }

    [Fact]
    public async Task Password_for_a_server_without_one_is_rejected()
    {
        using var redis = await RedisServer.StartNewAsync();

        var result = await AskAsync($"{redis.Address},password={Secret}");

        result.AssertHolds(CheckErrors.Authentication);
        result.AssertHidden(Secret);
    }

    [Fact]
    public async Task Server_that_loads_its_data_is_starting()
    {
        using var redis = await RedisServer.StartNewAsync();
        await redis.RunAsync("DEBUG POPULATE 20000", "SAVE");
        redis.Stop();
        await redis.StartAsync("--key-load-delay", "1000", "--loading-process-events-interval-bytes", "1024");

        (await AskAsync(redis.Address)).AssertHolds(CheckErrors.Starting);
    }

    [Fact]
    public async Task Replica_is_well_unless_writes_are_wanted()
    {
        using var primary = await RedisServer.StartNewAsync();
        using var replica = await RedisServer.StartNewAsync("--replicaof", $"127.0.0.1 {primary.Port}");
        await Eventually.IsTrueAsync(() => AskAsync(replica.Address).GetAwaiter().GetResult().Data.GetValueOrDefault("replicaLinkUp") is true, "the replica has its primary");

        var result = await AskAsync(replica.Address);
        Assert.Equal((HealthStatus.Healthy, "replica"), (result.Status, result.Data["role"]));
        (await AskAsync(replica.Address, options => options.RequireWritable = true)).AssertHolds(CheckErrors.ReadOnly);
        Assert.Equal(1L, (await AskAsync(primary.Address, options => options.RequireWritable = true)).Data["connectedReplicas"]);
        Assert.Equal(HealthStatus.Healthy, (await AskAsync($"{replica.Address},{primary.Address}", options => options.RequireWritable = true)).Status);
    }

    [Fact]
    public async Task Replica_without_primary_that_serves_nothing_stale_says_so()
    {
        using var replica = await RedisServer.StartNewAsync("--replicaof", $"127.0.0.1 {Ports.Free()}", "--replica-serve-stale-data", "no");

        (await AskAsync(replica.Address)).AssertHolds(CheckErrors.PrimaryDown);
    }

    [Fact]
    public async Task Server_that_cannot_save_has_failed_in_our_words()
    {
        using var redis = await RedisServer.StartNewAsync("--enable-protected-configs", "yes");
        await redis.RunAsync("SET a b", "CONFIG SET save \"1 1\" dir /proc", "BGSAVE");
        await Eventually.IsTrueAsync(() => AskAsync(redis.Address).GetAwaiter().GetResult().Status == HealthStatus.Unhealthy, "the save has failed");

        (await AskAsync(redis.Address)).AssertHolds(CheckErrors.Failed);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Server_that_does_not_answer_is_left_at_the_deadline(bool isFrozen)
    {
        using var redis = await RedisServer.StartNewAsync();
        using var sleeper = redis.Connect();
        if (isFrozen)
            redis.Freeze();
        else
            sleeper.GetStream().Write("DEBUG SLEEP 20\r\n"u8);

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => AskAsync(redis.Address, deadline: Short));

        if (!isFrozen)
            return;
        redis.Thaw();
        Assert.Equal(HealthStatus.Healthy, (await AskAsync(redis.Address)).Status);
    }

    [Fact]
    public async Task Server_full_of_clients_says_so()
    {
        using var redis = await RedisServer.StartNewAsync("--maxclients", "1");
        using var other = redis.Connect();
        other.GetStream().Write("PING\r\n"u8);
        Assert.Equal('+', other.GetStream().ReadByte());

        for (var i = 0; i < 20; i++) // It closes without waiting for us: whatever arrives first.
            (await AskAsync(redis.Address)).AssertHolds(CheckErrors.TooManyClients);
    }

    [Fact]
    public async Task Database_that_does_not_exist_is_named_by_its_code()
    {
        using var redis = await RedisServer.StartNewAsync("--databases", "3");

        Assert.Equal(HealthStatus.Healthy, (await AskAsync($"{redis.Address},defaultDatabase=2")).Status);
        (await AskAsync($"redis://{redis.Address}/3")).AssertHolds(CheckErrors.NoDatabase);
    }

    [Fact]
    public async Task One_server_of_several_is_enough_and_all_are_named_when_none_is_well()
    {
        using var redis = await RedisServer.StartNewAsync();
        using var frozen = await RedisServer.StartNewAsync();
        frozen.Freeze();

        Assert.Equal(HealthStatus.Healthy, (await AskAsync($"{frozen.Address},127.0.0.1:{Ports.Free()},{redis.Address}")).Status);
        redis.Stop();
        var (one, two) = (Ports.Free(), Ports.Free());
        var result = await AskAsync($"127.0.0.1:{one},127.0.0.1:{two}");
        result.AssertHolds(CheckErrors.Refused);
        Assert.Contains($":{one} ", result.Description, StringComparison.Ordinal);
        Assert.Contains($":{two} ", result.Description, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Runs_leave_no_connection_behind()
    {
        using var redis = await RedisServer.StartNewAsync();
        await using var provider = CheckRun.Provider(checks => checks.AddRedisCheck("cache", redis.Address));
        for (var i = 0; i < 20; i++)
            await provider.OnceAsync();

        using var last = redis.Connect();
        Assert.Equal(1L, (await provider.OnceAsync()).Data["connectedClients"] is long clients ? clients - 1 : -1); // The one above.
    }

    private static Task<HealthCheckResult> AskAsync(string connectionString, Action<RedisCheckOptions>? configure = null, TimeSpan? deadline = null) =>
        CheckRun.OnceAsync(checks => checks.AddRedisCheck("cache", connectionString, configure), deadline);
}
