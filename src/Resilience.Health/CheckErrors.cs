namespace Resilience.Health;

/// <summary>
/// The short, stable codes that say why a check failed, for machines and for readers who may not see messages. A check states its own as
/// the string <see cref="DataKey"/> in its result's data (lower-case letters, digits and underscores, at most 40); else its exception tells.
/// </summary>
public static class CheckErrors
{
    /// <summary>The key in a result's data under which a check states its code: <c>error</c>.</summary>
    public const string DataKey = "error";

    /// <summary>It did not end within its timeout, or ended after it.</summary>
    public const string Timeout = "timeout";

    /// <summary>The connection was refused: nobody listens.</summary>
    public const string Refused = "refused";

    /// <summary>The connection was made and lost, or closed before an answer.</summary>
    public const string Closed = "closed";

    /// <summary>There is no route to the host or network.</summary>
    public const string Unreachable = "unreachable";

    /// <summary>The address cannot be one, so that nobody can be asked.</summary>
    public const string Address = "address";

    /// <summary>The name does not resolve.</summary>
    public const string Dns = "dns";

    /// <summary>The TLS handshake failed.</summary>
    public const string Tls = "tls";

    /// <summary>The server's certificate is not one to trust for this name. Definitive.</summary>
    public const string Certificate = "certificate";

    /// <summary>User or password were rejected. Definitive.</summary>
    public const string Authentication = "auth";

    /// <summary>The user may not do this.</summary>
    public const string Forbidden = "forbidden";

    /// <summary>The database does not exist. Definitive.</summary>
    public const string NoDatabase = "no_database";

    /// <summary>The server is starting up, or loading its data.</summary>
    public const string Starting = "starting";

    /// <summary>The server is shutting down.</summary>
    public const string Stopping = "stopping";

    /// <summary>The server is at its limit of connections.</summary>
    public const string TooManyClients = "too_many_clients";

    /// <summary>The server takes no writes, and the check wants them.</summary>
    public const string ReadOnly = "read_only";

    /// <summary>A replica that has lost its primary.</summary>
    public const string PrimaryDown = "primary_down";

    /// <summary>The answer is not one that the protocol allows.</summary>
    public const string Protocol = "protocol";

    /// <summary>The answer lacks the expected text.</summary>
    public const string Body = "body";

    /// <summary>Less space is left than wanted.</summary>
    public const string DiskLow = "disk_low";

    /// <summary>Hardly any space is left. Definitive.</summary>
    public const string DiskFull = "disk_full";

    /// <summary>More memory is used than wanted.</summary>
    public const string MemoryHigh = "memory_high";

    /// <summary>The check could not be created: its factory threw.</summary>
    public const string NotCreated = "not_created";

    /// <summary>It threw something that has no code of its own.</summary>
    public const string Exception = "exception";

    /// <summary>It said that it failed, and nothing more.</summary>
    public const string Failed = "failed";

    /// <summary>It said that it is degraded, and nothing more.</summary>
    public const string Degraded = "degraded";

    /// <summary>It has not run yet.</summary>
    public const string NotRun = "not_run";

    /// <summary>Its last result is too old to be believed.</summary>
    public const string Stale = "stale";

    /// <summary>Something in this process has stopped moving: the evaluator, or a loop.</summary>
    public const string Stalled = "stalled";

    /// <summary>An HTTP answer with another status than expected: <c>http_503</c>, for example.</summary>
    /// <param name="status">The status.</param>
    /// <returns>The code.</returns>
    public static string Http(int status) => $"http_{status}";

    /// <summary>Whether trying again soon cannot help, so that no hysteresis delays the verdict.</summary>
    internal static bool IsDefinitive(string? code) => code is Authentication or NoDatabase or Certificate or DiskFull;
}
