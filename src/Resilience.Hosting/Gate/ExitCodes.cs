namespace Resilience.Hosting;

/// <summary>
/// Ends the process with an exit code that tells why, when an exception of ours leaves <c>Main</c>: else the runtime prints a stack trace and aborts with SIGABRT, core dump and all. Who catches the exception
/// notices nothing of this.
/// </summary>
internal static class ExitCodes
{
    /// <summary>128 + SIGTERM, as shells have it: told to stop before the work began.</summary>
    public const int Stopped = 143;

    public static void Set(Exception when, int code) => Set(exception => exception == when || exception is AggregateException several && several.Flatten().InnerExceptions.Contains(when), code);

    /// <summary>For the start that is cut short because the gate has given up beside it: whatever was under way there says that it was cancelled.</summary>
    public static void SetForCancelled(int code) => Set(exception => exception is OperationCanceledException, code);

    private static void Set(Func<Exception, bool> isOurs, int code) => AppDomain.CurrentDomain.UnhandledException += (_, unhandled) =>
    {
        if (unhandled.ExceptionObject is Exception exception && isOurs(exception))
            Environment.Exit(code);
    };
}
