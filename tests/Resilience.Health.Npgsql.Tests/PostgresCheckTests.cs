using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Xunit;

namespace Resilience.Health.Npgsql.Tests;

public sealed class PostgresCheckTests(SharedServer shared) : IClassFixture<SharedServer>
{
    private readonly PostgresServer _server = shared.Server;

    [Fact]
    public async Task Server_that_is_well_is_connected_and_says_what_it_is()
    {
        await using var app = new CheckedApp(_server.ConnectionString);

        var entry = await app.CheckAsync();

        Assert.Equal((HealthStatus.Healthy, "connected"), (entry.Status, entry.Description));
        Assert.Matches(@"^\d+(\.\d+)+", Assert.IsType<string>(entry.Data["version"]));
        Assert.Equal(false, entry.Data["inRecovery"]);
        Assert.InRange(Assert.IsType<int>(entry.Data["connections"]), 1, 100);
        Assert.Equal(100, entry.Data["maxConnections"]);
        Assert.DoesNotContain("error", entry.Data.Keys);
    }

    [Fact]
    public async Task Runs_in_a_row_use_one_connection_of_the_pool()
    {
        await using var app = new CheckedApp($"{_server.ConnectionString};Application Name=one;MaxPoolSize=5");
        for (var run = 0; run < 5; run++)
            await app.IsWellAsync();

        await using var count = app.DataSource.CreateCommand("SELECT count(*) FROM pg_stat_activity WHERE application_name = 'one'");
        Assert.Equal(1L, await count.ExecuteScalarAsync(TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task Nobody_listening_is_refused()
    {
        await using var app = new CheckedApp($"Host=127.0.0.1;Port={Ports.Free()};Username=postgres;Password={PostgresServer.Password}");
        var entry = await app.FailsAsync("refused");
        Assert.Contains("127.0.0.1:", entry.Description, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Password=another")]
    [InlineData("Username=nobody-we-know")]
    [InlineData("Password=")]
    public async Task Wrong_credentials_are_rejected(string wrong)
    {
        await using var app = new CheckedApp($"{_server.ConnectionString};{wrong}");
        await app.FailsAsync("auth");
    }

    [Fact]
    public async Task Database_that_does_not_exist_is_told()
    {
        await using var app = new CheckedApp($"{_server.ConnectionString};Database=elsewhere");
        await app.FailsAsync("no_database");
    }

    [Fact]
    public async Task Name_that_does_not_resolve_is_told()
    {
        await using var app = new CheckedApp($"{_server.ConnectionString};Host=no-such-host.invalid");
        await app.FailsAsync("dns");
    }

    [Fact]
    public async Task TLS_that_the_server_does_not_offer_is_told()
    {
        await using var app = new CheckedApp($"{_server.ConnectionString};SSL Mode=Require");
        await app.FailsAsync("tls");
    }

    [Fact]
    public async Task Pool_whose_connections_are_all_lent_is_told_by_a_code_of_its_own()
    {
        await using var app = new CheckedApp($"{_server.ConnectionString};MaxPoolSize=1;Timeout=1");
        await using (await app.DataSource.OpenConnectionAsync(TestContext.Current.CancellationToken))
            await app.FailsAsync("pool_exhausted");
        await app.IsWellAsync();
    }

    [Fact]
    public async Task Writable_server_is_well_where_that_is_required()
    {
        await using var app = new CheckedApp(_server.ConnectionString, requireWritable: true);
        await app.IsWellAsync();
    }

    [Fact]
    public async Task Transactions_that_are_read_only_by_setting_count_as_no_writes()
    {
        await using var app = new CheckedApp($"{_server.ConnectionString};Options=-c default_transaction_read_only=on", requireWritable: true);
        var entry = await app.FailsAsync("read_only");
        Assert.Equal(false, entry.Data["inRecovery"]);
    }

    [Fact]
    public async Task Exception_that_is_not_the_drivers_own_is_not_passed_on()
    {
        await using var app = new CheckedApp($"Host=127.0.0.1;Port={_server.Port};Username=postgres", configure: builder =>
            builder.UsePasswordProvider(_ => throw new InvalidDataException($"not {PostgresServer.Password}"), (_, _) => throw new InvalidDataException($"not {PostgresServer.Password}")));
        var entry = await app.CheckAsync();
        Assert.Equal(HealthStatus.Unhealthy, entry.Status);
        Assert.Null(entry.Exception);
    }

    [Fact]
    public async Task Peer_that_is_no_PostgreSQL_is_told()
    {
        using var listener = new TcpListener(IPAddress.Loopback, Ports.Free());
        listener.Start();
        var closing = CloseAsync(listener);
        await using var app = new CheckedApp($"Host=127.0.0.1;Port={((IPEndPoint)listener.LocalEndpoint).Port};Username=postgres;Password={PostgresServer.Password};SSL Mode=Disable");
        await app.FailsAsync("closed");
        listener.Stop();
        await closing;
    }

    private static async Task CloseAsync(TcpListener listener)
    {
        try
        {
            while (true)
                (await listener.AcceptTcpClientAsync()).Dispose();
        }
        catch (SocketException)
        {
            // Stopped.
        }
    }
}
