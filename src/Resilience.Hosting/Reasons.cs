namespace Resilience.Hosting;

/// <summary>What an error code means, in words for logs and for <c>systemctl status</c>; and which of them waiting cannot mend.</summary>
internal static class Reasons
{
    public static string Of(string? code) => code switch
    {
        null or CheckErrors.Failed => "it fails",
        CheckErrors.Timeout => "no answer in time",
        CheckErrors.Refused => "connection refused",
        CheckErrors.Closed => "connection closed",
        CheckErrors.Unreachable => "no route to it",
        CheckErrors.Address => "its address cannot be one",
        CheckErrors.Dns => "its name does not resolve",
        CheckErrors.Tls => "TLS handshake failed",
        CheckErrors.Certificate => "its certificate is not trusted",
        CheckErrors.Authentication => "user or password rejected",
        CheckErrors.Forbidden => "not permitted",
        CheckErrors.NoDatabase => "the database does not exist",
        CheckErrors.Starting => "still starting",
        CheckErrors.Stopping => "shutting down",
        CheckErrors.TooManyClients => "at its limit of connections",
        CheckErrors.ReadOnly => "takes no writes",
        CheckErrors.PrimaryDown => "a replica without its primary",
        CheckErrors.Protocol => "not the protocol expected",
        CheckErrors.Body => "not the answer expected",
        CheckErrors.NotRun => "no answer yet",
        CheckErrors.Stale => "not heard of lately",
        CheckErrors.Stalled => "it does not move",
        CheckErrors.NotCreated => "the check cannot be created",
        CheckErrors.Exception => "the check throws",
        ['h', 't', 't', 'p', '_', .. var status] => $"HTTP {status}",
        _ => code.Replace('_', ' '),
    };

    /// <summary>Whether it will be the same in a minute. A name or a database that does not exist yet may come.</summary>
    public static bool IsHopeless(string? code) => code is CheckErrors.Authentication or CheckErrors.Forbidden or CheckErrors.Certificate or CheckErrors.Address
        || code == CheckErrors.Http(401) || code == CheckErrors.Http(403);
}
