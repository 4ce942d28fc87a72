namespace Resilience.Hosting;

/// <summary>
/// Ends the process with an exit code that tells why, when an exception of ours leaves <c>Main</c>: else the runtime prints a stack trace and aborts with SIGABRT, core dump and all. Who catches the exception
/// notices nothing of this.
/// </summary>
internal static class ExitCodes
{
    /// <summary>128 + SIGTERM, as shells have it: told to stop before the work began.</summary>
    public const int Stopped = 143;

    public static void Set(Exception when, int code) => AppDomain.CurrentDomain.UnhandledException += (_, unhandled) =>
    {
        if (unhandled.ExceptionObject == when || unhandled.ExceptionObject is AggregateException several && several.Flatten().InnerExceptions.Contains(when))
            Environment.Exit(code);
    };
}
