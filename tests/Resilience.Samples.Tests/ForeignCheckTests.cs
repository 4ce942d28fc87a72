using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using Xunit;

namespace Resilience.Samples.Tests;

/// <summary>The check of AspNetCore.HealthChecks.NpgSql beside ours: nothing need be known about it, and nothing is changed.</summary>
public sealed class ForeignCheckTests(ForeignCheckTests.Server server) : IClassFixture<ForeignCheckTests.Server>
{
    [Fact]
    public async Task Well_it_has_an_entry_of_its_own()
    {
        var (ours, theirs) = await DeepAsync(server.Postgres.ConnectionString);
        Assert.Equal(("connected", "ok"), (ours.GetProperty("status").GetString(), theirs.GetProperty("status").GetString()));
        Assert.True(ours.TryGetProperty("maxConnections", out _));
        Assert.Equal(["status", "latency", "ageMs", "critical"], theirs.EnumerateObject().Select(member => member.Name));
    }

    [Fact]
    public async Task Failing_it_has_the_code_that_its_exception_tells()
    {
        foreach (var (connectionString, code) in new[]
        {
            ($"{server.Postgres.ConnectionString};Port={Ports.Free()}", "refused"),
            ($"{server.Postgres.ConnectionString};Password=Zq7xWvpA", "auth"),
        })
        {
            var (ours, theirs) = await DeepAsync(connectionString);
            Assert.Equal(("error", code), (ours.GetProperty("status").GetString(), ours.GetProperty("error").GetString()));
            Assert.Equal(("error", code), (theirs.GetProperty("status").GetString(), theirs.GetProperty("error").GetString()));
            Assert.DoesNotContain("Zq7xWvpA", theirs.GetRawText(), StringComparison.Ordinal);
        }
    }

    private static async Task<(JsonElement Ours, JsonElement Theirs)> DeepAsync(string connectionString)
    {
        var url = $"http://127.0.0.1:{Ports.Free()}";
        var builder = WebApplication.CreateSlimBuilder(new WebApplicationOptions { EnvironmentName = "Development" });
        builder.WebHost.UseUrls(url);
        builder.Logging.ClearProviders();
        builder.Services.AddSingleton(NpgsqlDataSource.Create(connectionString)).AddHealthEvaluator();
        builder.Services.AddHealthChecks().AddPostgresCheck("ours").AddNpgSql(connectionString, name: "theirs");
        await using var app = builder.Build();
        app.MapHealth();
        await app.StartAsync(TestContext.Current.CancellationToken);

        using var client = new HttpClient();
        using var response = await client.GetAsync(new Uri(url + "/health/deep?fresh=1"), TestContext.Current.CancellationToken);
        var checks = JsonDocument.Parse(await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken)).RootElement.GetProperty("checks");
        return (checks.GetProperty("ours"), checks.GetProperty("theirs"));
    }

    public sealed class Server : IAsyncLifetime
    {
        private PostgresServer? _postgres;

        public PostgresServer Postgres => _postgres ?? throw new InvalidOperationException("Not started.");

        public async ValueTask InitializeAsync() => _postgres = await PostgresServer.StartAsync();

        public ValueTask DisposeAsync()
        {
            _postgres?.Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
