using System.Diagnostics;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using Resilience.Health;
using Xunit;

namespace Resilience.Hosting.Tests.Gate;

/// <summary>Against real servers that come late, never, or to the wrong password.</summary>
public sealed class GateServerTests
{
    private const string Secret = "s3cr3t-of-redis";

    [Fact]
    public async Task Postgres_and_redis_may_come_in_any_order_and_late_or_never()
    {
        using var early = await PostgresServer.StartAsync();
        using var late = await PostgresServer.StartAsync();
        using var earlyCache = await RedisServer.StartNewAsync("--requirepass", Secret);
        using var lateCache = await RedisServer.StartNewAsync("--requirepass", Secret);
        await Task.WhenAll(early.StopAsync(), late.StopAsync());
        earlyCache.Stop();
        lateCache.Stop();
        var nobody = Ports.Free();
        (double From, string Postgres)[] databases = [(2, early.ConnectionString), (5, late.ConnectionString), (0, $"Host=127.0.0.1;Port={nobody};Username=u;Password={PostgresServer.Password}")];
        (double From, string Redis)[] caches = [(2, earlyCache.Address), (5, lateCache.Address), (0, $"127.0.0.1:{nobody}")];
        var started = Stopwatch.GetTimestamp();
        var gates = (from db in databases
                     from cache in caches
                     select (Db: db.From, Cache: cache.From, Gate: new LiveGate(
                         checks => checks.AddPostgresCheck("db", _ => Source(db.Postgres), tags: [CheckTags.Startup]).AddRedisCheck("cache", $"{cache.Redis},password={Secret}", tags: [CheckTags.Startup]),
                         options => options.Timeout = TimeSpan.FromSeconds(20)))).ToList();
        try
        {
            await PassAsync(started, 2);
            await earlyCache.StartAsync();
            await early.StartAsync();
            await PassAsync(started, 5);
            await late.StartAsync();
            await lateCache.StartAsync();
            await Task.WhenAll(gates.Select(run => run.Gate.Starting.ContinueWith(_ => { }, TaskScheduler.Default))).Within();

            foreach (var (db, cache, gate) in gates)
            {
                string[] missing = [.. new[] { ("db", db), ("cache", cache) }.Where(one => one.Item2 == 0).Select(one => one.Item1)];
                Assert.Equal(missing.Order(), gate.Missing.Order());
                Assert.Equal(missing.Length == 0, gate.Starting.IsCompletedSuccessfully);
                Assert.True(gate.Took.TotalSeconds >= (missing.Length > 0 ? 20 : Math.Max(db, cache) - 0.1), $"{db} {cache} {gate.Took}");
                AssertNoSecret(gate);
            }
        }
        finally
        {
            gates.ForEach(run => run.Gate.Dispose());
        }
    }

    [Fact]
    public async Task Dependency_that_is_gone_when_the_last_one_comes_keeps_the_gate_shut()
    {
        using var postgres = await PostgresServer.StartAsync();
        using var redis = await RedisServer.StartNewAsync();
        await postgres.StopAsync();
        using var gate = new LiveGate(checks => checks.AddPostgresCheck("db", _ => Source(postgres.ConnectionString), tags: [CheckTags.Startup]).AddRedisCheck("cache", redis.Address, tags: [CheckTags.Startup]));
        await gate.SaysAsync("cache is there");

        redis.Stop();
        await gate.SaysAsync("cache is gone again, connection refused");
        await postgres.StartAsync();
        await gate.SaysAsync("db is there");
        Assert.False(gate.Starting.IsCompleted);
        await redis.StartAsync();

        await gate.Starting.Within();
    }

    [Fact]
    public async Task Wrong_password_ends_the_start_at_once_with_its_reason_and_without_the_password()
    {
        using var postgres = await PostgresServer.StartAsync();
        using var redis = await RedisServer.StartNewAsync("--requirepass", Secret);
        using var gates = new Gates(
            (new(checks => checks.AddPostgresCheck("db", _ => Source(postgres.ConnectionString + ";Password=wr0ng-s3cr3t-p4ssw0rd"), tags: [CheckTags.Startup])), "db is not there, user or password rejected ("),
            (new(checks => checks.AddRedisCheck("cache", $"{redis.Address},password=wr0ng-{Secret}", tags: [CheckTags.Startup])), "cache is not there, user or password rejected ("),
            (new(checks => checks.AddRedisCheck("cache", $"{redis.Address}", tags: [CheckTags.Startup])), "cache is not there, user or password rejected ("));

        await gates.AssertEndAtOnceAsync();
    }

    [Fact]
    public async Task Certificate_that_is_not_to_be_trusted_ends_the_start_at_once()
    {
        using var postgres = await PostgresServer.StartAsync("ssl=on");
        using var other = new TlsServer("other.example");
        RemoteCertificateValidationCallback anybodyOfThatName = (_, _, _, errors) => (errors & SslPolicyErrors.RemoteCertificateNameMismatch) == 0;
        using var right = new LiveGate(checks => checks.AddRedisCheck("cache", $"127.0.0.1:{other.Port},ssl=true,sslHost=other.example", redis => redis.RemoteCertificateValidationCallback = anybodyOfThatName, tags: [CheckTags.Startup]));
        using var gates = new Gates(
            (new(checks => checks.AddPostgresCheck("db", _ => Source(postgres.ConnectionString + ";SSL Mode=VerifyFull"), tags: [CheckTags.Startup])), "db is not there, its certificate is not trusted"),
            (new(checks => checks.AddRedisCheck("cache", $"127.0.0.1:{other.Port},ssl=true,sslHost=cache.example", redis => redis.RemoteCertificateValidationCallback = anybodyOfThatName, tags: [CheckTags.Startup])), "cache is not there, its certificate is not trusted"),
            (new(checks => checks.AddHttpCheck("api", $"https://127.0.0.1:{other.Port}/", tags: [CheckTags.Startup])), "api is not there, its certificate is not trusted"));

        await gates.AssertEndAtOnceAsync();

        Assert.False(right.Starting.IsCompleted); // It answers nonsense, which may end.
    }

    [Fact]
    public async Task Fifty_dependencies_that_come_one_after_the_other_are_waited_for_at_once()
    {
        var ports = Enumerable.Range(0, 50).Select(_ => Ports.Free()).ToList();
        using var gate = new LiveGate(checks => ports.ForEach(port => checks.AddTcpCheck($"port-{port}", "127.0.0.1", port, tags: [CheckTags.Startup])));
        await gate.SaysAsync($"port-{ports[^1]} is not there yet");
        var listeners = new List<TcpListener>();
        try
        {
            using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(20));
            foreach (var port in ports)
            {
                await timer.WaitForNextTickAsync(TestContext.Current.CancellationToken);
                Assert.False(gate.Starting.IsCompleted);
                listeners.Add(new(IPAddress.Loopback, port));
                listeners[^1].Start();
            }

            await gate.Starting.Within();
        }
        finally
        {
            listeners.ForEach(listener => listener.Dispose());
        }

        Assert.Equal(50, gate.Log.Lines.Count(line => line.Contains(" is there after ", StringComparison.Ordinal)));
    }

    private static NpgsqlDataSource Source(string connectionString)
    {
        // One for each string, as an application has it.
        lock (Sources)
            return Sources.TryGetValue(connectionString, out var source) ? source : Sources[connectionString] = NpgsqlDataSource.Create(connectionString);
    }

    private static readonly Dictionary<string, NpgsqlDataSource> Sources = [];

    private static Task PassAsync(long since, double seconds) => Eventually.IsTrueAsync(() => Stopwatch.GetElapsedTime(since).TotalSeconds >= seconds, $"{seconds} s");

    private static void AssertNoSecret(LiveGate gate)
    {
        string[] secrets = [Secret, PostgresServer.Password];
        Assert.All(secrets, secret => Assert.DoesNotContain(gate.Log.Lines, line => line.Contains(secret, StringComparison.Ordinal)));
        Assert.All(secrets, secret => Assert.DoesNotContain(secret, $"{gate.Starting.Exception}", StringComparison.Ordinal));
    }

    /// <summary>Gates that must not open, each with what its end says.</summary>
    private sealed class Gates(params (LiveGate Gate, string Says)[] gates) : IDisposable
    {
        public async Task AssertEndAtOnceAsync()
        {
            foreach (var (gate, says) in gates)
            {
                var failure = await Assert.ThrowsAsync<StartupGateException>(() => gate.Starting.Within());
                Assert.Contains(says, failure.Message, StringComparison.Ordinal);
                Assert.InRange(gate.Took.TotalSeconds, 0, 10); // Of 60.
                AssertNoSecret(gate);
            }
        }

        public void Dispose()
        {
            foreach (var (gate, _) in gates)
                gate.Dispose();
        }
    }

    /// <summary>Shakes hands with everybody, for one name.</summary>
    private sealed class TlsServer : IDisposable
    {
        private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
        private readonly X509Certificate2 _certificate;

        public TlsServer(string name)
        {
            using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
            var request = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256);
            var names = new SubjectAlternativeNameBuilder();
            names.AddDnsName(name);
            request.CertificateExtensions.Add(names.Build());
            using var made = request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
            _certificate = X509CertificateLoader.LoadPkcs12(made.Export(X509ContentType.Pfx), null);
            _listener.Start();
            _ = Task.Run(ServeAsync);
        }

        public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

        public void Dispose()
        {
            _listener.Dispose();
            _certificate.Dispose();
        }

        private async Task ServeAsync()
        {
            while (true)
            {
                using var client = await _listener.AcceptTcpClientAsync(CancellationToken.None);
                try
                {
                    await using var tls = new SslStream(client.GetStream());
                    await tls.AuthenticateAsServerAsync(_certificate);
                }
                catch (Exception e) when (e is IOException or System.Security.Authentication.AuthenticationException)
                {
                }
            }
        }
    }
}
