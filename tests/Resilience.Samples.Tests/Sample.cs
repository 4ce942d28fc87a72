using System.Globalization;
using System.Net;
using System.Reflection;
using System.Text.Json;

namespace Resilience.Samples.Tests;

/// <summary>One of the samples, as it was built, as a process of its own on a free port. Gone, whatever its state, when this is disposed.</summary>
internal sealed class Sample(string name) : IDisposable
{
    private static readonly string Dotnet = Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet";

    private readonly TemporaryFolder _folder = new();
    private readonly HttpClient _client = new(new SocketsHttpHandler { AllowAutoRedirect = false, UseProxy = false, UseCookies = false });
    private Daemon? _process;

    public int Port { get; } = Ports.Free();

    /// <summary>Where details are shown. Listened on if <see cref="HasManagement"/>.</summary>
    public int ManagementPort { get; } = Ports.Free();

    public bool HasManagement { get; init; }

    public string HostEnvironment { get; init; } = "Production";

    /// <summary>Environment variables.</summary>
    public Dictionary<string, string> Settings { get; init; } = [];

    /// <summary>Where it listens, as an argument; null for none.</summary>
    public string? Urls { get; init; } = "";

    /// <summary>Of its log lines: text, which tests read; null for what its environment has by itself.</summary>
    public string? Formatter { get; init; } = "simple";

    public Daemon Process => _process ?? throw new InvalidOperationException("Not started.");

    public string Url => $"http://127.0.0.1:{Port}";

    /// <summary>Starts it until it listens; or until it has ended, which is the caller's to find out.</summary>
    public Task<Sample> StartAsync() => StartWithAsync("Application started");

    /// <summary>Starts it until it has printed so, or has ended.</summary>
    public async Task<Sample> StartWithAsync(string line)
    {
        var daemon = Run([
            "--environment", HostEnvironment,
            .. Urls is { } urls ? ["--urls", urls.Length > 0 ? urls : HasManagement ? $"{Url};http://127.0.0.1:{ManagementPort}" : Url] : Array.Empty<string>(),
            .. HasManagement ? ["--ManagementPort", ManagementPort.ToString(CultureInfo.InvariantCulture)] : Array.Empty<string>(),
        ]);
        _process = daemon;
        await Eventually.IsTrueAsync(() => daemon.HasExited || daemon.Output.Contains(line, StringComparison.Ordinal), $"{name} prints '{line}'");
        return this;
    }

    /// <summary>Starts it, to listen; fails with what it printed if it does not.</summary>
    public async Task<Sample> ListensAsync()
    {
        await StartAsync();
        return Process.HasExited ? throw new InvalidOperationException($"{name} ended: {Process.Output}") : this;
    }

    /// <summary>Runs the same program beside it, with the same settings.</summary>
    public Daemon Run(params string[] arguments)
    {
        var program = typeof(Sample).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Single(built => built.Key == name).Value
            ?? throw new InvalidOperationException($"{name} was not built along.");
        var settings = new Dictionary<string, string>(Settings)
        {
            ["HOME"] = _folder.Path, // ASP.NET Core keeps keys there.
            ["DOTNET_EnableDiagnostics"] = "0", // Its sockets would stay behind in the temporary folder after a kill.
            ["ConnectionStrings__Sqlite"] = $"Data Source={_folder.Path}/rounds.db",
        };
        if (Formatter is not null)
            settings["Logging__Console__FormatterName"] = Formatter;
        return Daemon.Start(Dotnet, [program, .. arguments], Path.GetDirectoryName(program), settings); // Where its appsettings.json is.
    }

    public async Task<(HttpStatusCode Status, string Body)> GetAsync(string path, string? accept = null, bool management = false)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, $"http://127.0.0.1:{(management ? ManagementPort : Port)}{path}");
        if (accept is not null)
            request.Headers.Add("Accept", accept);
        using var response = await _client.SendAsync(request).Within();
        return (response.StatusCode, await response.Content.ReadAsStringAsync().Within());
    }

    /// <summary>The deep document, from wherever it is open.</summary>
    public async Task<JsonElement> DeepAsync() =>
        JsonDocument.Parse((await GetAsync("/api/health/deep", management: HasManagement)).Body).RootElement;

    /// <summary>Waits until the deep document says so of a check.</summary>
    public async Task ComesToAsync(string check, string property, string value)
    {
        string? said = null;
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(20));
        for (var attempts = 0; attempts < 1_500; attempts++)
        {
            if ((await DeepAsync()).GetProperty("checks").GetProperty(check).TryGetProperty(property, out var found) && (said = found.GetString()) == value)
                return;
            await timer.WaitForNextTickAsync();
        }

        throw new TimeoutException($"{check}'s {property} is '{said}' and not '{value}'.");
    }

    /// <summary>Waits until a path answers so.</summary>
    public async Task AnswersAsync(string path, HttpStatusCode status, string? word = null)
    {
        (HttpStatusCode Status, string Body) said = default;
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(20));
        for (var attempts = 0; attempts < 1_500; attempts++)
        {
            said = await GetAsync(path);
            if (said.Status == status && (word is null || said.Body.Contains($"\"{word}\"", StringComparison.Ordinal)))
                return;
            await timer.WaitForNextTickAsync();
        }

        throw new TimeoutException($"{path} answers {said} and not {status} {word}.");
    }

    /// <summary>Asks it to end, and waits until it has: all that it printed is there then.</summary>
    public async Task<int> StopAsync()
    {
        Process.Signal(Daemon.SigTerm);
        return await Process.ExitAsync();
    }

    /// <summary>Ends it at once, in whatever state it is.</summary>
    public void Kill()
    {
        _process?.Dispose();
        _process = null;
    }

    public void Dispose()
    {
        Kill();
        _client.Dispose();
        _folder.Dispose();
    }
}
