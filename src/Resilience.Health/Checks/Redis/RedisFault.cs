namespace Resilience.Health;

/// <summary>Why a Redis server is not well: a code, and words of our own, which may go where messages may go.</summary>
internal sealed record RedisFault(string Code, string Text)
{
    // What Redis, Valkey and KeyDB say, by the beginning of the line, longest first. Their own words may hold a user's name or a key, so none goes further.
    private static readonly (string Start, string Code, string Text)[] Known =
    [
        ("WRONGPASS", CheckErrors.Authentication, "rejects the password, or the user."),
        ("NOAUTH", CheckErrors.Authentication, "asks for a password, and none was given."),
        ("ERR invalid password", CheckErrors.Authentication, "rejects the password."),
        ("ERR Client sent AUTH", CheckErrors.Authentication, "has no password set, but one was given."),
        ("ERR AUTH <password> called without", CheckErrors.Authentication, "has no password set, but one was given."),
        ("ERR wrong number of arguments for 'auth'", CheckErrors.Authentication, "knows no users (Redis before 6), but one was given."),
        ("ERR max number of clients", CheckErrors.TooManyClients, "is at its limit of clients."),
        ("ERR DB index is out of range", CheckErrors.NoDatabase, "has no database of that number."),
        ("ERR invalid DB index", CheckErrors.NoDatabase, "has no database of that number."),
        ("ERR SELECT is not allowed in cluster mode", CheckErrors.NoDatabase, "is a cluster, which has database 0 only."),
        ("NOPERM", CheckErrors.Forbidden, "does not allow the user what the check asks."),
        ("DENIED", CheckErrors.Forbidden, "is in protected mode: it serves its own machine only."),
        ("LOADING", CheckErrors.Starting, "is loading its data."),
        ("MASTERDOWN", CheckErrors.PrimaryDown, "is a replica that has lost its primary, and serves no stale data."),
        ("READONLY", CheckErrors.ReadOnly, "is a replica, which takes no writes."),
        ("MISCONF", CheckErrors.Failed, "cannot write its data to disk, and takes no writes."),
        ("BUSY", CheckErrors.Failed, "is busy with a script."),
        ("CLUSTERDOWN", CheckErrors.Failed, "is part of a cluster that is down."),
    ];

    public static readonly RedisFault Protocol = new(CheckErrors.Protocol, "answered something that is not Redis' protocol.");
    public static readonly RedisFault Closed = new(CheckErrors.Closed, "closed the connection before it answered.");

    public static RedisFault Of(RespValue reply) => reply.Kind != RespKind.Error ? Protocol
        : Array.Find(Known, known => reply.Text.StartsWith(known.Start, StringComparison.Ordinal)) is { Start: not null } found ? new(found.Code, found.Text)
        : new(CheckErrors.Failed, "answered with an error that this check does not know.");
}
