using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Reflection;
using System.Runtime.InteropServices;

namespace Demo;

/// <summary>What stops the demo, in words for its user.</summary>
internal sealed class DemoException(string message) : Exception(message);

/// <summary>One of the samples, running on a port of its own as it was built. Gone, whatever its state, when disposed.</summary>
internal sealed class SampleProcess(
    string name, Uri address, string readyPath, TemporaryFolder folder, Dictionary<string, string> settings) : IDisposable
{
    private const int LinesKept = 30;
    private static readonly TimeSpan LongestStart = TimeSpan.FromSeconds(30);

    private readonly Queue<string> _lines = new();
    private Process? _process;
    private Guard? _guard;

    public string Name => name;
    public Uri Address => address;
    public Uri Ready => new(address, readyPath);

    /// <summary>On a port below those that systems hand out by themselves: while the Api is away, nobody must be given its port.</summary>
    public static Uri FreeAddress()
    {
        while (true)
        {
            var port = Random.Shared.Next(20_000, 30_000);
            using var listener = new TcpListener(IPAddress.Loopback, port);
            try
            {
                listener.Start();
                return new($"http://127.0.0.1:{port}/");
            }
            catch (SocketException e) when (e.SocketErrorCode is SocketError.AddressAlreadyInUse or SocketError.AccessDenied)
            {
                // The next one, then.
            }
        }
    }

    public void Start()
    {
        var program = typeof(SampleProcess).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Single(built => built.Key == name).Value
            ?? throw new DemoException($"{name} was not built along.");
        var dotnet = Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet";
        var start = new ProcessStartInfo(dotnet, [program, "--environment", "Demo", "--urls", $"{address}"])
        {
            WorkingDirectory = Path.GetDirectoryName(program), // Where its appsettings.json is.
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            Environment =
            {
                ["Logging__LogLevel__Default"] = "Warning",
                ["HOME"] = folder.Path, // ASP.NET Core keeps keys there.
                ["DOTNET_EnableDiagnostics"] = "0", // Its sockets would stay behind in the temporary folder after a kill.
            },
        };
        foreach (var (key, value) in settings)
            start.Environment[key] = value;

        _process = Process.Start(start) ?? throw new DemoException($"{name} did not start.");
        _guard = Guard.Of(_process);
        _process.OutputDataReceived += Keep;
        _process.ErrorDataReceived += Keep;
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
    }

    /// <summary>Waits for <paramref name="answer"/>. Throws what went wrong when the process ends first, or takes too long.</summary>
    public async Task<TimeSpan> AwaitAsync(Task<TimeSpan> answer, CancellationToken cancellationToken)
    {
        if (_process is not { } process)
            throw new InvalidOperationException($"{name} is not started.");
        using var done = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var first = await Task.WhenAny(answer, process.WaitForExitAsync(done.Token), Task.Delay(LongestStart, done.Token));
        await done.CancelAsync();
        cancellationToken.ThrowIfCancellationRequested();
        if (first == answer)
            return await answer;
        throw new DemoException(process.HasExited
            ? $"{name} ended with exit code {process.ExitCode} instead of answering {Ready}.{LastLines()}"
            : $"{name} did not answer {Ready} with success within {LongestStart.TotalSeconds} s.{LastLines()}");
    }

    /// <summary>SIGKILL: works on a frozen process too.</summary>
    public void Kill()
    {
        if (_process is null)
            return;
        _process.Kill();
        _process.WaitForExit();
        _guard?.Dispose();
        _process.Dispose();
        _process = null;
    }

    public void Freeze() => Signal(OperatingSystem.IsLinux() ? 19 : 17); // SIGSTOP

    public void Thaw() => Signal(OperatingSystem.IsLinux() ? 18 : 19); // SIGCONT

    public void Dispose() => Kill();

    private void Signal(int signal)
    {
        if (_process is null || SendSignal(_process.Id, signal) != 0)
            throw new DemoException($"{name} cannot be sent signal {signal}.");
    }

    private void Keep(object sender, DataReceivedEventArgs output)
    {
        lock (_lines)
        {
            if (output.Data is { Length: > 0 } line)
                _lines.Enqueue(line);
            if (_lines.Count > LinesKept)
                _lines.Dequeue();
        }
    }

    private string LastLines()
    {
        lock (_lines)
            return _lines.Count == 0 ? " It printed nothing." : $" Its last lines:\n  {string.Join("\n  ", _lines)}";
    }

    [DllImport("libc", EntryPoint = "kill")]
    private static extern int SendSignal(int pid, int signal);
}
