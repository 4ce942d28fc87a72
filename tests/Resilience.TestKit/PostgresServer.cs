using System.Globalization;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Resilience.TestKit;

/// <summary>
/// A real PostgreSQL on a loopback port, as an ordinary process with a folder of its own. Passwords are asked for. PostgreSQL refuses to run as root: then it runs as nobody.
/// </summary>
public sealed class PostgresServer : IDisposable
{
    public const string User = "postgres", Password = "s3cr3t-p4ssw0rd", Database = "postgres";

    private const int SigQuit = 3;
    private const string Nobody = "65534";

    private static readonly Lazy<Task<string>> Template = new(CreateTemplateAsync);

    private readonly string _folder;
    private readonly string[] _settings;
    private Daemon? _daemon;

    private PostgresServer(string folder, string[] settings) => (_folder, _settings) = (folder, settings);

    public int Port { get; } = Ports.Free();

    /// <summary>For its superuser. Whatever is added after it wins.</summary>
    public string ConnectionString => $"Host=127.0.0.1;Port={Port};Username={User};Password={Password};Database={Database}";

    /// <summary>What it wrote to its log since it was started.</summary>
    public string Log => _daemon?.Output ?? "";

    private Daemon Running => _daemon ?? throw new InvalidOperationException("The server is stopped.");

    /// <summary>Starts one that answers queries.</summary>
    /// <param name="settings">Each as <c>name=value</c>. With <c>ssl=on</c> it shows a certificate that nobody vouches for.</param>
    public static Task<PostgresServer> StartAsync(params string[] settings) => CreateAsync(standby: false, settings, "ready to accept connections");

    /// <summary>Starts one in recovery for good, as a replica is whose primary is away. With <c>hot_standby=off</c> it says to every client that it is starting.</summary>
    /// <param name="settings">Each as <c>name=value</c>.</param>
    public static Task<PostgresServer> StartStandbyAsync(params string[] settings) =>
        CreateAsync(standby: true, settings, settings.Contains("hot_standby=off") ? "entering standby mode" : "ready to accept read-only connections");

    /// <summary>Starts it again, on the same port.</summary>
    public Task StartAsync() => StartAsync("ready to accept connections");

    /// <summary>Ends every client's connection, then itself.</summary>
    public Task StopAsync() => StopAsync(Daemon.SigInt);

    /// <summary>Dies at once, as by a crash: the next start recovers.</summary>
    public Task CrashAsync() => StopAsync(SigQuit);

    /// <summary>Refuses new clients from now on, and stops once the last one is gone.</summary>
    public async Task BeginStopAsync()
    {
        Running.Signal(Daemon.SigTerm);
        await Eventually.IsTrueAsync(() => Log.Contains("received smart shutdown request", StringComparison.Ordinal), "a smart shutdown");
    }

    /// <summary>Stops every process of it: connections are still accepted by the system, and nothing is answered.</summary>
    public void Freeze() => SignalAll(Daemon.SigStop);

    public void Thaw() => SignalAll(Daemon.SigCont);

    public void Dispose()
    {
        _daemon?.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    private static async Task<PostgresServer> CreateAsync(bool standby, string[] settings, string readyWords)
    {
        var server = new PostgresServer(CreateFolder(), settings);
        try
        {
            await Daemon.RunAsync("cp", "-a", $"{await Template.Value}/data", server._folder);
            if (standby)
                await RunAsync("touch", $"{server._folder}/data/standby.signal");
            await server.StartAsync(readyWords);
            return server;
        }
        catch
        {
            server.Dispose();
            throw;
        }
    }

    private async Task StartAsync(string readyWords)
    {
        string[] common = ["port=" + Port.ToString(CultureInfo.InvariantCulture), "listen_addresses=127.0.0.1", "unix_socket_directories=", "fsync=off", "shared_buffers=1MB"];
        var (program, arguments) = AsAllowed(Program("postgres"), ["-D", $"{_folder}/data", .. common.Concat(_settings).SelectMany(setting => new[] { "-c", setting })]);
        var daemon = _daemon = Daemon.Start(program, arguments);
        await Eventually.IsTrueAsync(() => daemon.HasExited || daemon.Output.Contains(readyWords, StringComparison.Ordinal), "PostgreSQL's start");
        if (daemon.HasExited)
            throw new InvalidOperationException($"PostgreSQL ended: {daemon.Output}");
    }

    private async Task StopAsync(int signal)
    {
        Running.Signal(signal);
        await Running.ExitAsync();
        Running.Dispose();
        _daemon = null;
    }

    // Its children lead process groups of their own. The parent goes first, so that none is born meanwhile.
    private void SignalAll(int signal)
    {
        Running.Signal(signal);
        foreach (var child in File.ReadAllText($"/proc/{Running.Id}/task/{Running.Id}/children").Split(' ', StringSplitOptions.RemoveEmptyEntries))
            Daemon.Signal(int.Parse(child, CultureInfo.InvariantCulture), signal);
    }

    private static async Task<string> CreateTemplateAsync()
    {
        var folder = CreateFolder();
        AppDomain.CurrentDomain.ProcessExit += (_, _) => Directory.Delete(folder, recursive: true);
        var password = Path.Combine(folder, "password");
        await File.WriteAllTextAsync(password, Password);
        await RunAsync(Program("initdb"), "-D", $"{folder}/data", "-U", User, "-A", "scram-sha-256", $"--pwfile={password}", "-E", "UTF8", "--no-locale", "--no-sync");
        await AddCertificateAsync(folder);
        return folder;
    }

    private static async Task AddCertificateAsync(string folder)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var certificate = new CertificateRequest("CN=127.0.0.1", key, HashAlgorithmName.SHA256).CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
        foreach (var (name, text) in new[] { ("server.crt", certificate.ExportCertificatePem()), ("server.key", key.ExportPkcs8PrivateKeyPem()) })
        {
            await File.WriteAllTextAsync(Path.Combine(folder, name), text);
            await RunAsync("install", "-m", "600", Path.Combine(folder, name), $"{folder}/data/{name}"); // As its own: it wants to be the only reader.
        }
    }

    private static string CreateFolder()
    {
        var folder = Directory.CreateTempSubdirectory("postgres-").FullName;
        if (Environment.IsPrivilegedProcess)
            Daemon.RunAsync("chown", Nobody, folder).GetAwaiter().GetResult();
        return folder;
    }

    private static Task<string> RunAsync(string program, params string[] arguments)
    {
        (program, arguments) = AsAllowed(program, arguments);
        return Daemon.RunAsync(program, arguments);
    }

    private static (string Program, string[] Arguments) AsAllowed(string program, string[] arguments) => !Environment.IsPrivilegedProcess
        ? (program, arguments)
        : ("setpriv", ["--reuid", Nobody, "--regid", Nobody, "--clear-groups", "--pdeathsig", "KILL", program, .. arguments]);

    // Debian keeps them out of PATH, by version.
    private static string Program(string name)
    {
        const string Debian = "/usr/lib/postgresql";
        var folders = Directory.Exists(Debian)
            ? Directory.GetDirectories(Debian).OrderByDescending(folder => double.TryParse(Path.GetFileName(folder), CultureInfo.InvariantCulture, out var version) ? version : 0)
            : Enumerable.Empty<string>();
        return folders.Select(folder => Path.Combine(folder, "bin", name)).FirstOrDefault(File.Exists) ?? name;
    }
}
