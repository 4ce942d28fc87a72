using System.Net;
using System.Text;
using System.Text.RegularExpressions;
using Npgsql;
using Xunit;

namespace Resilience.Samples.Tests;

/// <summary>
/// No password of a connection string in any answer of the Api, in any format, nor in any line it prints at any level, whatever its servers do. Passwords
/// are made of words that occur nowhere else: none of these is to be found, so it does not matter how what is between them is written.
/// </summary>
public sealed partial class SecretTests(SecretTests.Servers servers) : IClassFixture<SecretTests.Servers>
{
    private const string PostgresPassword = """Zq7xWvpA;=Kx2JbtR 'Mp6Tf5Y"Gd9HsLn@/Vc3NwQe%41é{Ty4Uhgv}""", RedisPassword = """Lw8FjkzD;=Rb5Xcme 'Hy3PqsN"Ju7VgdB@/Ea9KtrC%41é{Wf6Zxpn}""";
    private const string WrongPostgresPassword = """Xs2CdvfB;=Qn8HyjM 'Ik4OlpW"Er6TzuG@/Ab5SwxV&#<é{Fq3Pmkd}""", WrongRedisPassword = """Yt9RnhbU;=Zk4WsqL 'Vj6GxcF"Pd2MfeT@/Oi7BayH&#<é{Cu5Jrvw}""";

    // The base's page in every format, and so on; what does not exist here and there is asked for all the same.
    private static readonly string[] Paths = [
        "/api/health", "/api/health?format=ui", "/api/health/live", "/api/health/ready", "/api/health/startup", "/api/health/deep", "/api/health/deep?fresh=1",
        "/api/health/deep?format=ui", "/api/health/deep?format=health", "/api/health/deep?format=text", "/api/health/deep?format=json", "/api/health/ui", "/api/health/ui?format=ui",
        "/api/status", "/leaderboard", "/rounds", "/rounds/1"];

    private static readonly string?[] Accepts = [null, "application/json", "application/health+json", "text/plain", "text/html"];

    public static TheoryData<string> Environments => ["Production", "Development"];

    [Theory]
    [MemberData(nameof(Environments))]
    public async Task Wrong_passwords_are_told_to_nobody(string environment)
    {
        using var api = await StartAsync(
            environment, Postgres(servers.Postgres.Port, WrongPostgresPassword), $"{servers.Redis.Address},password={WrongRedisPassword},connectRetry=1");
        await api.ComesToAsync("postgres", "error", "auth");
        await api.ComesToAsync("redis", "error", "auth");
        await TellsNothingAsync(api);
    }

    [Theory]
    [MemberData(nameof(Environments))]
    public async Task Right_passwords_are_told_to_nobody_while_the_database_is_missing_and_Redis_is_away(string environment)
    {
        using var api = await StartAsync(
            environment, Postgres(servers.Postgres.Port, PostgresPassword, database: "elsewhere"), $"redis://:{Uri.EscapeDataString(RedisPassword)}@127.0.0.1:{Ports.Free()}/0");
        await api.ComesToAsync("postgres", "error", "no_database");
        await api.ComesToAsync("redis", "error", "refused");
        await TellsNothingAsync(api);
    }

    [Theory]
    [MemberData(nameof(Environments))]
    public async Task Right_passwords_are_told_to_nobody_while_servers_are_well_stop_and_come_back(string environment)
    {
        using var own = await Servers.StartAsync();
        using var api = await StartAsync(environment, Postgres(own.Postgres.Port, PostgresPassword), $"{own.Redis.Address},password={RedisPassword}");
        await api.ComesToAsync("postgres", "status", "connected");
        await api.ComesToAsync("redis", "status", "connected");
        await AnswersTellNothingAsync(api);

        own.Redis.Stop();
        await own.Postgres.StopAsync();
        await api.ComesToAsync("postgres", "error", "refused");
        await api.ComesToAsync("redis", "error", "refused");
        await AnswersTellNothingAsync(api);

        await own.Postgres.StartAsync();
        await own.Redis.StartAsync();
        await api.ComesToAsync("postgres", "status", "connected");
        await api.ComesToAsync("redis", "status", "connected");
        await TellsNothingAsync(api);
    }

    [Fact]
    public async Task Gate_that_gives_up_tells_no_password()
    {
        using var api = await Sample(
            "Development", Postgres(servers.Postgres.Port, WrongPostgresPassword), $"{servers.Redis.Address},password={WrongRedisPassword},connectRetry=1", keepWaiting: false).StartAsync();
        Assert.Equal(69, await api.Process.ExitAsync());
        Assert.Contains("the start has failed", api.Process.Output, StringComparison.Ordinal);
        HoldsNone(api.Process.Output, "its output");
    }

    // Where it goes on without a database: requests get as far as the database's errors.
    private static Task<Sample> StartAsync(string environment, string postgres, string redis) => Sample(environment, postgres, redis, keepWaiting: true).ListensAsync();

    private static Sample Sample(string environment, string postgres, string redis, bool keepWaiting) => new("Api")
    {
        HostEnvironment = environment,
        HasManagement = environment == "Production",
        Formatter = environment == "Production" ? null : "simple", // In JSON, every value is told twice.
        Settings =
        {
            ["ConnectionStrings__Postgres"] = postgres,
            ["ConnectionStrings__Redis"] = redis,
            ["Health__Period"] = "00:00:00.2",
            ["Health__FailingPeriod"] = "00:00:00.2",
            ["Health__FailureThreshold"] = "1",
            ["Logging__LogLevel__Default"] = "Trace",
            ["Logging__LogLevel__Microsoft.AspNetCore"] = "Trace",
            ["StartupGate__KeepWaiting"] = keepWaiting ? "true" : "false",
            ["Health__RefuseWhileStarting"] = "false",
        },
    };

    private static string Postgres(int port, string password, string database = PostgresServer.Database) =>
        new NpgsqlConnectionStringBuilder
        {
            Host = "127.0.0.1",
            Port = port,
            Username = PostgresServer.User,
            Password = password,
            Database = database,
            PersistSecurityInfo = true, // The data source itself tells the password, then.
        }.ConnectionString;

    private static async Task TellsNothingAsync(Sample api)
    {
        await AnswersTellNothingAsync(api);
        Assert.Equal(0, await api.StopAsync());
        Assert.Contains(api.Process.Lines, line => line.Contains("Request finished", StringComparison.Ordinal)); // The levels are what they were meant to be.
        HoldsNone(api.Process.Output, "its output");
    }

    private static async Task AnswersTellNothingAsync(Sample api)
    {
        var detailed = 0;
        foreach (var management in api.HasManagement ? new[] { false, true } : [false])
        {
            foreach (var path in Paths)
            {
                foreach (var accept in Accepts)
                {
                    var (status, body) = await api.GetAsync(path, accept, management);
                    HoldsNone(body, $"{path} as {accept}");
                    Assert.True(status != HttpStatusCode.InternalServerError || !path.StartsWith("/api/", StringComparison.Ordinal), $"{path} as {accept}: {body}");
                    if (body.Contains("postgres", StringComparison.Ordinal) && body.Contains("redis", StringComparison.Ordinal))
                        detailed++;
                }
            }
        }

        Assert.True(detailed > 20, $"Only {detailed} answers had details to search.");
    }

    private static void HoldsNone(string text, string where)
    {
        foreach (var password in new[] { PostgresPassword, RedisPassword, WrongPostgresPassword, WrongRedisPassword, PostgresServer.Password })
        {
            foreach (Match word in Words().Matches(password))
            {
                var at = text.IndexOf(word.Value, StringComparison.OrdinalIgnoreCase);
                Assert.True(at < 0, $"{where} holds '{word.Value}': {(at < 0 ? "" : text[Math.Max(0, at - 200)..Math.Min(text.Length, at + 100)])}");
            }

            Assert.DoesNotContain(Convert.ToBase64String(Encoding.UTF8.GetBytes(password)), text, StringComparison.Ordinal);
        }
    }

    [GeneratedRegex("[A-Za-z0-9]{7,}|s3cr3t|p4ssw0rd")]
    private static partial Regex Words();

    /// <summary>PostgreSQL and Redis with the passwords above.</summary>
    public sealed class Servers : IAsyncLifetime, IDisposable
    {
        private PostgresServer? _postgres;
        private RedisServer? _redis;

        public PostgresServer Postgres => _postgres ?? throw new InvalidOperationException("Not started.");

        public RedisServer Redis => _redis ?? throw new InvalidOperationException("Not started.");

        public static async Task<Servers> StartAsync()
        {
            var servers = new Servers();
            await servers.InitializeAsync();
            return servers;
        }

        public async ValueTask InitializeAsync()
        {
            _redis = await RedisServer.StartNewAsync("--requirepass", RedisPassword);
            _postgres = await PostgresServer.StartAsync();
            await using var data = NpgsqlDataSource.Create(_postgres.ConnectionString);
            await using var command = data.CreateCommand($"ALTER ROLE {PostgresServer.User} PASSWORD '{PostgresPassword.Replace("'", "''", StringComparison.Ordinal)}'");
            await command.ExecuteNonQueryAsync();
        }

        public void Dispose()
        {
            _postgres?.Dispose();
            _redis?.Dispose();
        }

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
