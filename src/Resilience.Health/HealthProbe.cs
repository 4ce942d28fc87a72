using System.Collections;
using System.Diagnostics;
using System.Text;

namespace Resilience.Health;

/// <summary>
/// The application's own executable as its health check: <c>--health-check</c> asks the running application, says in one line what it answered and ends with 0 or 1.
/// Works in images that have neither shell nor <c>curl</c>, and for workers without HTTP. Safe for use by many threads.
/// </summary>
/// <example>
/// As the first statement of Program, before anything is built, because the time to start is most of what a health check costs:
/// <code>
/// if (HealthProbe.TryRun(args, out var exitCode))
///     return exitCode;
/// </code>
/// In a Dockerfile: <c>HEALTHCHECK --start-period=60s CMD ["dotnet", "App.dll", "--health-check"]</c>
/// </example>
public static class HealthProbe
{
    private const string Switch = "--health-check";
    private const string UsualPath = "/health/ready";
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(3);

    // Where the answer took all the time, the line that says so is still to be printed.
    private static readonly TimeSpan ShortestPrint = TimeSpan.FromMilliseconds(200);

    /// <summary>
    /// Runs the health check if the first argument asks for it: <c>--health-check</c>, <c>--health-check TARGET</c> or <c>--health-check=TARGET</c>. Never throws, and never takes
    /// longer than 3 s, whatever the application does: less than the time after which Docker and Kubernetes give up.
    /// </summary>
    /// <remarks>
    /// <para>
    /// TARGET is a URL (<c>http://host:port/path</c>, or <c>https</c>; without a path, the path of <paramref name="defaultUrl"/>), a port of this machine, a unix socket
    /// (<c>unix:/run/app.sock</c>, <c>unix:/run/app.sock:/path</c>, or as Kestrel writes it, <c>http://unix:/run/app.sock</c>) or a heartbeat file (<c>/run/app/health</c>,
    /// <c>./health</c>, <c>file:health</c>).
    /// </para>
    /// <para>
    /// Without one it asks where the application listens by its command line (<c>--urls</c>) and environment (<c>Kestrel__Endpoints__*__Url</c>, <c>URLS</c>, <c>HTTP_PORTS</c>,
    /// <c>HTTPS_PORTS</c>, each also with <c>DOTNET_</c> or <c>ASPNETCORE_</c> before it), with the precedence of <c>WebApplication.CreateBuilder</c>; of several addresses the
    /// first of plain HTTP. An address set in <c>appsettings.json</c> or in code is not seen: name it as TARGET or as <paramref name="defaultUrl"/>.
    /// </para>
    /// <para>
    /// Healthy is a whole answer with a status of 200 to 299. Redirects are not followed, proxies not used. A certificate is verified unless the answer comes from this
    /// machine's loopback interface.
    /// </para>
    /// </remarks>
    /// <param name="args">The program's arguments.</param>
    /// <param name="exitCode">0 if the application is healthy, else 1: what Docker knows. 0 when it returns false.</param>
    /// <param name="defaultUrl">
    /// What is asked when neither arguments nor environment say where; its path is used with the addresses they give. A heartbeat file here is read whatever the environment says.
    /// Default <c>http://localhost:5000/health/ready</c>.
    /// </param>
    /// <returns>Whether it ran: then return <paramref name="exitCode"/> from Program. False if the first argument is another or there is none.</returns>
    public static bool TryRun(string[] args, out int exitCode, string defaultUrl = "http://localhost:5000/health/ready")
    {
        exitCode = 0;
        if (args is not [{ } first, ..] || !IsSwitch(first))
            return false;

        var began = Stopwatch.GetTimestamp();
        var verdict = Verdict(args, Environment.GetEnvironmentVariables(), defaultUrl, Deadline, out var output);
        exitCode = verdict.IsHealthy ? 0 : 1;
        Print(verdict.Line, output, Deadline - Stopwatch.GetElapsedTime(began));
        return true;
    }

    internal static ProbeVerdict Verdict(string[] args, IDictionary environment, string defaultUrl, TimeSpan deadline) =>
        Verdict(args, environment, defaultUrl, deadline, out _);

    private static ProbeVerdict Verdict(string[] args, IDictionary environment, string defaultUrl, TimeSpan deadline, out Stream? output)
    {
        output = null;
        try
        {
            if (Target(args, environment, defaultUrl, out var fault) is not { } target)
                return ProbeVerdict.Bad(fault);
            var run = ProbeRun.Start(target);
            output = Open(); // Here, because it takes milliseconds, which are not lost while the other thread asks.
            return run.Wait(deadline);
        }
        catch (Exception e)
        {
            return ProbeVerdict.Bad($"the check itself failed: {e.Message}");
        }
    }

    /// <summary>What to ask; null and why if that cannot be told.</summary>
    internal static ProbeTarget? Target(string[] args, IDictionary environment, string defaultUrl, out string fault)
    {
        var used = 1;
        var given = args[0].Length > Switch.Length ? args[0][(Switch.Length + 1)..] : "";
        if (given.Length == 0 && args.Length > 1 && args[1] is { Length: > 0 } next && next[0] != '-')
            (given, used) = (next, 2);

        if (ProbeTarget.Parse(defaultUrl ?? "", UsualPath, isOwn: false, out fault) is not { } usual)
        {
            fault = $"the default address in Program: {fault}";
            return null;
        }

        if (given.Length > 0)
            return ProbeTarget.Parse(given, usual.Path, isOwn: false, out fault);
        if (usual.File is not null || ListenAddress.Find(args.AsSpan(used), environment) is not { } address)
            return usual;
        var target = ProbeTarget.Parse(address, usual.Path, isOwn: true, out fault);
        fault = $"where the application listens: {fault}";
        return target;
    }

    private static bool IsSwitch(string argument) =>
        argument.StartsWith(Switch, StringComparison.Ordinal) && (argument.Length == Switch.Length || argument[Switch.Length] == '=');

    // Not Console.Out, which costs more.
    private static Stream Open() => Console.OpenStandardOutput();

    /// <summary>On a thread of its own: a pipe that is full, and that nobody reads, blocks for ever.</summary>
    private static void Print(string line, Stream? output, TimeSpan left)
    {
        var printing = new Thread(() => Print(line, output)) { IsBackground = true, Name = "Health check's line" };
        printing.Start();
        printing.Join(left > ShortestPrint ? left : ShortestPrint);
    }

    private static void Print(string line, Stream? output)
    {
        try
        {
            (output ?? Open()).Write(Encoding.UTF8.GetBytes(line + "\n"));
        }
        catch (Exception)
        {
            // Nobody reads it: the exit code says it too.
        }
    }
}
