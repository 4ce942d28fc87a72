using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;

namespace Resilience.OutageLab.Conduct;

/// <summary>Another process of this program, in a role. It hears orders and says words, a line each, and is gone, whatever its state, when this is disposed.</summary>
internal sealed class Child : IDisposable
{
    private const int SigKill = 9, SigCont = 18, SigStop = 19; // Linux' numbers.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private static readonly ConcurrentDictionary<int, Child> Living = [];

    private readonly Process _process;
    private readonly int _id;
    private readonly ConcurrentQueue<string> _errors = [];
    private readonly TaskCompletionSource _silent = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly ConcurrentDictionary<string, TaskCompletionSource<long>> _expected = [];

    private Child(Process process, Sightings? sightings)
    {
        (_process, _id) = (process, process.Id);
        Living[_id] = this;
        new Thread(() => Read(sightings)) { IsBackground = true, Name = "Hears a child" }.Start();
        new Thread(ReadErrors) { IsBackground = true, Name = "Hears a child's complaints" }.Start();
    }

    /// <param name="role">And its argument.</param>
    /// <param name="sightings">What a backend tells, for those that are one.</param>
    public static Child Start(string[] role, Sightings? sightings = null) => Starter.Run(() =>
    {
        var program = Environment.ProcessPath ?? throw new InvalidOperationException("This process has no path.");
        var isHosted = Path.GetFileNameWithoutExtension(program) == "dotnet";
        var start = new ProcessStartInfo(program, isHosted ? [typeof(Child).Assembly.Location, .. role] : role)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        return new Child(Process.Start(start) ?? throw new InvalidOperationException($"{program} did not start."), sightings);
    });

    public static void EndAll()
    {
        foreach (var child in Living.Values)
            child.Kill();
    }

    /// <summary>The number that came with the word, once it is said.</summary>
    public async Task<long> HearAsync(string word, TimeSpan? patience = null)
    {
        try
        {
            return await Expected(word).Task.WaitAsync(patience ?? Patience);
        }
        catch (TimeoutException)
        {
            throw new InvalidOperationException($"A process did not say '{word}' in time. {string.Join('\n', _errors)}");
        }
    }

    public Task<long> OrderAsync(string order, string answer)
    {
        _expected.TryRemove(answer, out _);
        var answered = HearAsync(answer);
        Order(order);
        return answered;
    }

    public void Order(string order)
    {
        try
        {
            _process.StandardInput.WriteLine(order);
            _process.StandardInput.Flush();
        }
        catch (IOException)
        {
            // Killed, and meant to be.
        }
    }

    public void Kill() => Signal(SigKill);

    public void Freeze() => Signal(SigStop);

    public void Thaw() => Signal(SigCont);

    /// <summary>Lets it say its last words.</summary>
    public async Task EndAsync()
    {
        _process.StandardInput.Close();
        await Task.WhenAny(_silent.Task, Task.Delay(TimeSpan.FromSeconds(3)));
        Dispose();
    }

    public void Dispose()
    {
        if (!Living.TryRemove(_id, out _))
            return;
        if (!_process.HasExited)
            _process.Kill();
        _process.WaitForExit();
        _process.Dispose();
    }

    /// <summary>To be called in a child: it goes when the thread that started it goes, even while it is frozen.</summary>
    public static void DieWithParent()
    {
        const int SetParentDeathSignal = 1;
        if (OperatingSystem.IsLinux())
            _ = ProcessControl(SetParentDeathSignal, SigKill);
    }

    private void Signal(int signal)
    {
        if (!_process.HasExited)
            _ = SendSignal(_id, signal);
    }

    private TaskCompletionSource<long> Expected(string word) => _expected.GetOrAdd(word, _ => new(TaskCreationOptions.RunContinuationsAsynchronously));

    private void Read(Sightings? sightings)
    {
        try
        {
            while (_process.StandardOutput.ReadLine() is { } line)
            {
                var words = line.Split(' ', 2);
                if (words[0] == Sightings.Word)
                    sightings?.Hear(words[1]);
                else
                    Expected(words[0]).TrySetResult(words.Length == 2 ? long.Parse(words[1], CultureInfo.InvariantCulture) : 0);
            }
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException or InvalidOperationException)
        {
            // Disposed of: nobody wants the rest.
        }

        foreach (var waiting in _expected.Values)
            waiting.TrySetException(new InvalidOperationException($"A process ended. {string.Join('\n', _errors)}"));
        _silent.TrySetResult();
    }

    private void ReadErrors()
    {
        try
        {
            while (_process.StandardError.ReadLine() is { } line)
                _errors.Enqueue(line);
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException or InvalidOperationException)
        {
            // As above.
        }
    }

    [DllImport("libc", EntryPoint = "kill")]
    private static extern int SendSignal(int process, int signal);

    [DllImport("libc", EntryPoint = "prctl")]
    private static extern int ProcessControl(int option, nint argument);

    /// <summary>The one thread that starts processes, for they die with it.</summary>
    private static class Starter
    {
        private static readonly BlockingCollection<Action> Orders = [];

        static Starter() => new Thread(() =>
        {
            foreach (var order in Orders.GetConsumingEnumerable())
                order();
        })
        { IsBackground = true, Name = "Starts processes" }.Start();

        public static Child Run(Func<Child> start)
        {
            var started = new TaskCompletionSource<Child>(TaskCreationOptions.RunContinuationsAsynchronously);
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
}
