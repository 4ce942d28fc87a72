namespace Resilience.Health;

internal sealed record RedisEndpoint(string Host, int Port)
{
    public override string ToString() => FailureWords.Address(Host, Port);
}

/// <summary>What a connection string says. Does not show its password, nor its user.</summary>
internal sealed record RedisTarget(
    EqualList<RedisEndpoint> Endpoints, string? User = null, string? Password = null, bool UsesTls = false, string? TlsHost = null, int Database = 0)
{
    public override string ToString() => string.Join(", ", Endpoints);
}
