using System.Diagnostics;

namespace Demo;

/// <summary>Kills a process should the demo itself be killed: a shell that notices the end of its input.</summary>
internal sealed class Guard : IDisposable
{
    private readonly Process _shell;

    private Guard(Process shell) => _shell = shell;

    public static Guard? Of(Process guarded)
    {
        if (OperatingSystem.IsWindows())
            return null;
        string[] command = ["-c", "trap '' INT TERM HUP; read -r done || kill -KILL $0", $"{guarded.Id}"];
        return Process.Start(new ProcessStartInfo("sh", command) { RedirectStandardInput = true }) is { } shell ? new(shell) : null;
    }

    /// <summary>The process has ended, and its number may soon be another's.</summary>
    public void Dispose()
    {
        _shell.StandardInput.WriteLine("done");
        _shell.StandardInput.Close();
        _shell.WaitForExit();
        _shell.Dispose();
    }
}

/// <summary>Gone, with all that is in it, when disposed.</summary>
internal sealed class TemporaryFolder : IDisposable
{
    public string Path { get; } = Directory.CreateTempSubdirectory("resilience-demo-").FullName;

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
