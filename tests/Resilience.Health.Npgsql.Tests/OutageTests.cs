using Microsoft.Extensions.Diagnostics.HealthChecks;
using Npgsql;
using Xunit;

namespace Resilience.Health.Npgsql.Tests;

/// <summary>Servers that stop, hang, fill up or are somebody's replica: each test has its own.</summary>
public sealed class OutageTests
{
    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Stopped_server_is_refused_and_well_again_at_the_first_run_after_its_start()
    {
        using var server = await PostgresServer.StartAsync();
        await using var app = new CheckedApp(server.ConnectionString);
        await app.IsWellAsync();

        await server.StopAsync();
        await app.FailsAsync("refused");

        await server.StartAsync();
        await app.IsWellAsync();
    }

    [Fact]
    public async Task Connections_from_before_a_restart_are_found_out_by_the_check_and_not_held_against_the_server()
    {
        using var server = await PostgresServer.StartAsync();
        await using var app = new CheckedApp(server.ConnectionString);
        await using (await app.DataSource.OpenConnectionAsync(Cancelled))
        await using (await app.DataSource.OpenConnectionAsync(Cancelled))
            await app.IsWellAsync();

        await server.CrashAsync();
        await server.StartAsync();

        await app.IsWellAsync();
        await using var command = app.DataSource.CreateCommand("SELECT 1");
        Assert.Equal(1, await command.ExecuteScalarAsync(Cancelled));
    }

    [Fact]
    public async Task Server_without_free_connections_has_too_many_clients()
    {
        using var server = await PostgresServer.StartAsync("max_connections=4", "superuser_reserved_connections=0", "max_wal_senders=0");
        await using var others = NpgsqlDataSource.Create($"{server.ConnectionString};Application Name=others");
        var held = new List<NpgsqlConnection>();
        for (var i = 0; i < 4; i++)
            held.Add(await others.OpenConnectionAsync(Cancelled));

        await using var app = new CheckedApp(server.ConnectionString);
        await app.FailsAsync("too_many_clients");

        foreach (var connection in held)
            await connection.DisposeAsync();
    }

    [Fact]
    public async Task Server_that_lets_nobody_in_yet_is_starting()
    {
        using var server = await PostgresServer.StartStandbyAsync("hot_standby=off");
        await using var app = new CheckedApp(server.ConnectionString);
        await app.FailsAsync("starting");
    }

    [Fact]
    public async Task Server_that_waits_for_its_last_client_is_stopping()
    {
        using var server = await PostgresServer.StartAsync();
        await using var client = NpgsqlDataSource.Create(server.ConnectionString);
        await using var held = await client.OpenConnectionAsync(Cancelled);
        await server.BeginStopAsync();

        await using var app = new CheckedApp(server.ConnectionString);
        await app.FailsAsync("stopping");
    }

    [Fact]
    public async Task Certificate_that_nobody_vouches_for_is_told_where_it_matters()
    {
        using var server = await PostgresServer.StartAsync("ssl=on");

        await using var careless = new CheckedApp($"{server.ConnectionString};SSL Mode=Require");
        await careless.IsWellAsync();

        await using var careful = new CheckedApp($"{server.ConnectionString};SSL Mode=VerifyFull");
        await careful.FailsAsync("certificate");
    }

    [Fact]
    public async Task Server_in_recovery_is_well_unless_it_must_be_writable()
    {
        using var server = await PostgresServer.StartStandbyAsync();

        await using var reader = new CheckedApp(server.ConnectionString);
        var entry = await reader.CheckAsync();
        Assert.Equal((HealthStatus.Healthy, "connected", true), (entry.Status, entry.Description, entry.Data["inRecovery"]));

        await using var writer = new CheckedApp(server.ConnectionString, requireWritable: true);
        Assert.Equal(true, (await writer.FailsAsync("read_only")).Data["inRecovery"]);
    }

    [Fact]
    public async Task Role_that_may_see_nothing_is_connected_all_the_same()
    {
        using var server = await PostgresServer.StartAsync();
        await using var owner = NpgsqlDataSource.Create(server.ConnectionString);
        await using var lockDown = owner.CreateCommand($"""
            CREATE ROLE plain LOGIN PASSWORD '{PostgresServer.Password}' CONNECTION LIMIT 3;
            REVOKE ALL ON pg_stat_activity FROM PUBLIC;
            REVOKE ALL ON SCHEMA public FROM PUBLIC
            """);
        await lockDown.ExecuteNonQueryAsync(Cancelled);

        await using var app = new CheckedApp($"{server.ConnectionString};Username=plain;MaxPoolSize=1", requireWritable: true);
        for (var run = 0; run < 2; run++)
        {
            var entry = await app.CheckAsync();
            Assert.Equal((HealthStatus.Healthy, "connected"), (entry.Status, entry.Description));
            Assert.Equal(["version"], entry.Data.Keys);
        }
    }

    [Fact]
    public async Task Plain_role_sees_how_many_connections_there_are()
    {
        using var server = await PostgresServer.StartAsync();
        await using var owner = NpgsqlDataSource.Create(server.ConnectionString);
        await using var create = owner.CreateCommand($"CREATE ROLE plain LOGIN PASSWORD '{PostgresServer.Password}'");
        await create.ExecuteNonQueryAsync(Cancelled);

        await using var app = new CheckedApp($"{server.ConnectionString};Username=plain");
        Assert.Equal(2, (await app.CheckAsync()).Data["connections"]);
    }

    [Theory]
    [InlineData(true)] // in its query, over a connection of the pool
    [InlineData(false)] // while it connects
    public async Task Frozen_server_holds_a_run_no_longer_than_its_token_and_harms_no_connection(bool isConnected)
    {
        using var server = await PostgresServer.StartAsync();
        await using var app = new CheckedApp($"{server.ConnectionString};MaxPoolSize=1");
        if (isConnected)
            await app.IsWellAsync();

        server.Freeze();
        using var deadline = new CancellationTokenSource();
        var run = app.RunAsync(deadline.Token);
        Assert.False(run.IsCompleted);
        var cancelling = Task.Run(deadline.Cancel, Cancelled); // In a driver that asks the server to cancel, this hangs.
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => run);
        await cancelling.Within();

        server.Thaw();
        await app.IsWellAsync();
        await app.IsWellAsync();
    }
}
