using System.Net.Sockets;
using System.Security.Authentication;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Npgsql;

namespace Resilience.Health.Npgsql;

/// <summary>
/// Why PostgreSQL cannot be used, as a code and a sentence. The codes are those of Resilience.Health's <c>CheckErrors</c>, agreed upon by value: this package does not need that one.
/// Sentences are written here and never taken from the server or the driver: theirs name users.
/// </summary>
internal static class PostgresFailure
{
    public const string Closed = "closed", Stopping = "stopping";

    private const string Refused = "refused", Unreachable = "unreachable", Dns = "dns", Tls = "tls", Certificate = "certificate", Authentication = "auth", Forbidden = "forbidden",
        NoDatabase = "no_database", Starting = "starting", TooManyClients = "too_many_clients", PoolExhausted = "pool_exhausted", ReadOnly = "read_only", TimedOut = "timeout",
        Protocol = "protocol", Failed = "failed", Unknown = "exception";

    public static HealthCheckResult Result(HealthStatus status, string server, Exception fault)
    {
        var code = Classify(fault);
        return new(status, Sentence(code, server, fault), CanHoldSecrets(fault) ? null : fault, new Dictionary<string, object> { ["error"] = code });
    }

    public static HealthCheckResult ReadOnlyResult(HealthStatus status, string server, IReadOnlyDictionary<string, object> data) =>
        new(status, Sentence(ReadOnly, server, null), data: new Dictionary<string, object>(data) { ["error"] = ReadOnly });

    public static HealthCheckResult UnansweredResult(HealthStatus status, string server) => new(
        status, $"{server} did not answer in time: an earlier question is still unanswered, and no further connection is taken until it ends.",
        data: new Dictionary<string, object> { ["error"] = TimedOut });

    public static string Classify(Exception fault)
    {
        if (Find<PostgresException>(fault) is { } said)
            return Classify(said);
        if (Find<SocketException>(fault) is { } socket)
            return Classify(socket.SocketErrorCode);
        if (Find<AuthenticationException>(fault) is { } handshake)
            return handshake.InnerException is null ? Certificate : Tls; // A verdict of ours has no cause; a broken handshake has one.

        // The driver tells these apart by words only, and they are not translated.
        if (fault is NpgsqlException && fault.Message.StartsWith("The connection pool has been exhausted", StringComparison.Ordinal))
            return PoolExhausted;
        if (fault is NpgsqlException && fault.Message.StartsWith("SSL connection requested", StringComparison.Ordinal))
            return Tls;
        if (fault is NpgsqlException && fault.Message.StartsWith("No password has been provided", StringComparison.Ordinal))
            return Authentication;

        return Find<TimeoutException>(fault) is not null ? TimedOut
            : Find<IOException>(fault) is not null ? Closed
            : fault is NpgsqlException ? Failed : Unknown;
    }

    private static string Classify(PostgresException said) => said.SqlState switch
    {
        PostgresErrorCodes.InvalidPassword or PostgresErrorCodes.InvalidAuthorizationSpecification => Authentication,
        PostgresErrorCodes.InvalidCatalogName or PostgresErrorCodes.DatabaseDropped => NoDatabase,
        // One code for both; a server that speaks another language is taken to be starting.
        PostgresErrorCodes.CannotConnectNow => said.MessageText.Contains("shutting down", StringComparison.Ordinal) ? Stopping : Starting,
        PostgresErrorCodes.AdminShutdown or PostgresErrorCodes.CrashShutdown => Stopping,
        PostgresErrorCodes.TooManyConnections => TooManyClients,
        PostgresErrorCodes.InsufficientPrivilege => Forbidden,
        PostgresErrorCodes.ReadOnlySqlTransaction => ReadOnly,
        PostgresErrorCodes.QueryCanceled => TimedOut, // By a statement_timeout: the check cancels nothing.
        PostgresErrorCodes.ProtocolViolation => Protocol,
        _ => Failed,
    };

    private static string Classify(SocketError error) => error switch
    {
        SocketError.ConnectionRefused => Refused,
        SocketError.HostNotFound or SocketError.NoData or SocketError.TryAgain or SocketError.NoRecovery => Dns,
        SocketError.HostUnreachable or SocketError.NetworkUnreachable or SocketError.HostDown or SocketError.NetworkDown => Unreachable,
        SocketError.TimedOut => TimedOut,
        SocketError.ConnectionReset or SocketError.ConnectionAborted or SocketError.Shutdown => Closed,
        _ => Failed,
    };

    private static string Sentence(string code, string server, Exception? fault) => code switch
    {
        Refused => $"{server} refused the connection.",
        Unreachable => $"There is no route to {server}.",
        Dns => $"The name of {server} does not resolve.",
        Tls => $"No TLS connection to {server}: it offers none, or the handshake failed.",
        Certificate => $"The certificate of {server} is not to be trusted.",
        Authentication => $"{server} rejected the user or the password.",
        Forbidden => $"The user may not do this at {server}.",
        NoDatabase => $"The database does not exist at {server}.",
        Starting => $"{server} is starting up.",
        Stopping => $"{server} is shutting down.",
        TooManyClients => $"{server} has no connections left.",
        PoolExhausted => $"All connections of the application's pool to {server} are in use.",
        ReadOnly => $"{server} takes no writes.",
        TimedOut => $"{server} did not answer in time.",
        Closed => $"The connection to {server} was lost.",
        _ => $"{server} failed: {(fault is null ? code : Find<PostgresException>(fault) is { } said ? $"SQLSTATE {said.SqlState}" : fault.GetType().Name)}.",
    };

    // What the driver and the platform throw tells hosts and users. Anything else, from a password provider say, may tell more.
    private static bool CanHoldSecrets(Exception fault)
    {
        for (var e = fault; e is not null; e = e.InnerException)
        {
            if (e is not (NpgsqlException or SocketException or AuthenticationException or TimeoutException or IOException))
                return true;
        }

        return false;
    }

    private static T? Find<T>(Exception fault) where T : Exception
    {
        for (var e = fault; e is not null; e = e.InnerException)
        {
            if (e is T found)
                return found;
        }

        return null;
    }
}
