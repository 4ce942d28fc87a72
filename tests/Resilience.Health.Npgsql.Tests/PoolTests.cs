using Npgsql;
using Xunit;

namespace Resilience.Health.Npgsql.Tests;

/// <summary>The pool is the application's: whatever hangs, the check holds one connection of it at most, and not for ever.</summary>
public sealed class PoolTests
{
    private const int Size = 5;

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Frozen_server_costs_the_pool_one_connection_however_often_it_is_asked()
    {
        using var server = await PostgresServer.StartAsync();
        await using var app = new CheckedApp($"{server.ConnectionString};MaxPoolSize={Size}");
        await BorrowAsync(app, Size);

        server.Freeze();
        await GiveUpAsync(app);
        for (var run = 0; run < 3; run++)
            Assert.Contains("earlier question", (await app.FailsAsync("timeout")).Description, StringComparison.Ordinal);
        await BorrowAsync(app, Size - 1);

        server.Thaw();
        await BorrowAsync(app, Size);
        await app.IsWellAsync();
    }

    [Fact]
    public async Task Checks_of_one_data_source_take_turns()
    {
        using var server = await PostgresServer.StartAsync();
        await using var app = new CheckedApp($"{server.ConnectionString};MaxPoolSize={Size}");
        await BorrowAsync(app, Size);

        server.Freeze();
        await GiveUpAsync(app, runs: Size);
        await BorrowAsync(app, Size - 1);

        server.Thaw();
        await Task.WhenAll(Enumerable.Range(0, Size).Select(_ => app.IsWellAsync()));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Connection_whose_flow_was_forgotten_gives_its_place_in_the_pool_back(bool isGivenUp)
    {
        using var server = await PostgresServer.StartAsync();
        using var route = new FlakyRoute(server.Port);
        await using var app = new CheckedApp($"{server.ConnectionString};Port={route.Port};MaxPoolSize=1;Command Timeout=1;Cancellation Timeout=100");
        await app.IsWellAsync();

        route.ForgetFlows();
        if (isGivenUp)
            await GiveUpAsync(app);
        else
            await app.FailsAsync("timeout");

        await BorrowAsync(app, 1);
        await app.IsWellAsync();
    }

    private static async Task GiveUpAsync(CheckedApp app, int runs = 1)
    {
        var asked = app.Asked;
        using var deadline = new CancellationTokenSource();
        var all = Enumerable.Range(0, runs).Select(_ => app.RunAsync(deadline.Token)).ToList();
        await Eventually.IsTrueAsync(() => app.Asked > asked, "a question");
        await deadline.CancelAsync();
        foreach (var run in all)
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => run);
    }

    private static async Task BorrowAsync(CheckedApp app, int count)
    {
        var borrowed = new List<NpgsqlConnection>();
        for (var i = 0; i < count; i++)
            borrowed.Add(await app.DataSource.OpenConnectionAsync(Cancelled).AsTask().Within());
        foreach (var connection in borrowed)
            await connection.DisposeAsync();
    }
}
