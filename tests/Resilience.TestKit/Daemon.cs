using System.Collections.Concurrent;
using System.Diagnostics;
using System.Runtime.InteropServices;

namespace Resilience.TestKit;

/// <summary>A real program run by a test. It is gone, whatever its state, when this is disposed; the tests' own death ends it too, on Linux.</summary>
public sealed class Daemon : IDisposable
{
    public const int SigInt = 2, SigTerm = 15, SigStop = 19, SigCont = 18; // Linux' numbers.

    private readonly Process _process;
    private readonly Task _read;
    private readonly ConcurrentQueue<string> _lines = new();

    private Daemon(Process process)
    {
        _process = process;
        _read = Task.WhenAll(ReadAsync(process.StandardOutput), ReadAsync(process.StandardError));
    }

    public int Id => _process.Id;

    public bool HasExited => _process.HasExited;

    public int ExitCode => _process.ExitCode;

    /// <summary>What it printed so far, both streams.</summary>
    public IReadOnlyList<string> Lines => [.. _lines];

    public string Output => string.Join('\n', _lines);

    /// <param name="program">Its path, or its name.</param>
    /// <param name="arguments">Its arguments.</param>
    /// <param name="folder">Where it runs; the folder for temporary files unless told otherwise. A host watches all that is below it for changed settings: 38,000 folders took it 2.4 to 12 s to start.</param>
    /// <param name="environment">What it finds in its environment besides.</param>
    public static Daemon Start(string program, IEnumerable<string> arguments, string? folder = null, IReadOnlyDictionary<string, string>? environment = null)
    {
        // setpriv has the kernel kill the program when the thread that started it is no more.
        var guarded = OperatingSystem.IsLinux() && File.Exists("/usr/bin/setpriv");
        var start = new ProcessStartInfo(guarded ? "/usr/bin/setpriv" : program, guarded ? ["--pdeathsig", "KILL", program, .. arguments] : arguments)
        {
            WorkingDirectory = folder ?? Path.GetTempPath(),
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var (name, value) in environment ?? new Dictionary<string, string>())
            start.Environment[name] = value;
        return Starter.Run(() => new Daemon(Process.Start(start) ?? throw new InvalidOperationException($"{program} did not start.")));
    }

    /// <summary>Runs a program to its end. Fails with what it printed when that is not success.</summary>
    public static async Task<string> RunAsync(string program, params string[] arguments)
    {
        using var daemon = Start(program, arguments);
        return await daemon.ExitAsync() == 0
            ? daemon.Output
            : throw new InvalidOperationException($"{program} {string.Join(' ', arguments)} ended with {daemon.ExitCode}: {daemon.Output}");
    }

    /// <summary>Its exit code, once it has ended and all its output is in <see cref="Lines"/>.</summary>
    public async Task<int> ExitAsync()
    {
        await _process.WaitForExitAsync().Within();
        await _read.Within();
        return _process.ExitCode;
    }

    public void Signal(int signal) => Signal(Id, signal);

    /// <summary>Sends a signal to a process that is not this one's own, a child of it say.</summary>
    public static void Signal(int process, int signal)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(process); // Which are groups, this process' own among them.
        if (Kill(process, signal) != 0)
            throw new InvalidOperationException($"No process {process} to send signal {signal}.");
    }

    public void Dispose()
    {
        if (!_process.HasExited)
            _process.Kill(entireProcessTree: true);
        _process.WaitForExit();
        _process.Dispose();
    }

    /// <summary>
    /// On a thread of its own: reading a pipe holds one, and the platform would take it from the pool, which a busy machine lets grow by one in seconds. A dozen
    /// programs would keep every test waiting.
    /// </summary>
    private Task ReadAsync(StreamReader output)
    {
        var end = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        new Thread(() =>
        {
            try
            {
                while (output.ReadLine() is { } line)
                    _lines.Enqueue(line);
            }
            catch (Exception e) when (e is IOException or ObjectDisposedException or InvalidOperationException)
            {
                // Disposed of: nobody wants the rest.
            }

            end.SetResult();
        })
        { IsBackground = true, Name = "Reads what a program prints" }.Start();
        return end.Task;
    }

    /// <summary>The one thread that starts programs. It lives as long as this process: a thread of the pool would not, and take them along.</summary>
    private static class Starter
    {
        private static readonly BlockingCollection<Action> Orders = [];

        static Starter() => new Thread(() =>
        {
            foreach (var order in Orders.GetConsumingEnumerable())
                order();
        })
        { IsBackground = true, Name = "Starts programs" }.Start();

        public static Daemon Run(Func<Daemon> start)
        {
            var started = new TaskCompletionSource<Daemon>(TaskCreationOptions.RunContinuationsAsynchronously);
            Orders.Add(() =>
            {
                try
                {
                    started.SetResult(start());
                }
                catch (Exception e)
                {
                    started.SetException(e);
                }
            });
            return started.Task.GetAwaiter().GetResult();
        }
    }

    [DllImport("libc", EntryPoint = "kill")]
    private static extern int Kill(int pid, int signal);
}
