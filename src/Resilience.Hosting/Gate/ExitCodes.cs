using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Resilience.Hosting;

/// <summary>
/// Ends the process with an exit code that tells why, when an exception of ours leaves <c>Main</c>: else the runtime prints a stack trace and aborts with SIGABRT, core dump and all. Who catches the exception
/// notices nothing of this.
/// </summary>
internal static class ExitCodes
{
    /// <summary>128 + SIGTERM, as shells have it: told to stop before the work began.</summary>
    public const int Stopped = 143;

    private const int None = 0;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    private static readonly ConditionalWeakTable<Exception, StrongBox<int>> Codes = [];
    private static volatile int _ofCancellation;

    static ExitCodes() => AppDomain.CurrentDomain.UnhandledException += (_, unhandled) =>
    {
        if (Of(unhandled.ExceptionObject) is not None and var code)
            Exit(code);
    };

    public static void Set(Exception when, int code) => Codes.AddOrUpdate(when, new(code));

    /// <summary>
    /// A start that is called off ends by the cancellation of whatever it was at, and nobody hears of the reason.
    /// </summary>
    public static void SetOfCancellation(int code) => _ofCancellation = code;

    private static int Of(object? thrown) => thrown switch
    {
        Exception known when Codes.TryGetValue(known, out var code) => code.Value,
        AggregateException several => several.Flatten().InnerExceptions.Select(Of).FirstOrDefault(code => code != None),
        OperationCanceledException => _ofCancellation,
        _ => None,
    };

    private static void Exit(int code)
    {
        // A handler of ProcessExit that waits for Main to be through would wait for ever: this is still within it.
        new Thread(() =>
        {
            Thread.Sleep(Patience);
            if (OperatingSystem.IsWindows())
                System.Diagnostics.Process.GetCurrentProcess().Kill();
            else
                ExitAtOnce(code);
        })
        { IsBackground = true }.Start();
        Environment.Exit(code);
    }

    [DllImport("libc", EntryPoint = "_exit")]
    private static extern void ExitAtOnce(int code);
}
