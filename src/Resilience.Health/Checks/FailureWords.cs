namespace Resilience.Health;

/// <summary>Sentences for failed connections. They name whom we asked and what happened, and nothing that was sent.</summary>
internal static class FailureWords
{
    /// <param name="who">The address, as <c>host:port</c>.</param>
    /// <param name="code">One of <see cref="CheckErrors"/>.</param>
    public static string Of(string who, string code) => code switch
    {
        CheckErrors.Refused => $"{who} refuses connections: nobody listens there.",
        CheckErrors.Unreachable => $"{who} cannot be reached: there is no route to it.",
        CheckErrors.Dns => $"The name in {who} does not resolve.",
        CheckErrors.Timeout => $"{who} did not answer the attempt to connect.",
        CheckErrors.Closed => $"{who} closed the connection before it answered.",
        CheckErrors.Tls => $"The TLS handshake with {who} failed: does it speak TLS on this port?",
        CheckErrors.Certificate => $"The certificate of {who} is not one to trust for this name.",
        CheckErrors.Protocol => $"{who} answered something that its protocol does not allow.",
        _ => $"Asking {who} failed.",
    };

    /// <summary>An address as it is written, with brackets round IPv6.</summary>
    public static string Address(string host, int port) => host.Contains(':', StringComparison.Ordinal) ? $"[{host}]:{port}" : $"{host}:{port}";
}
