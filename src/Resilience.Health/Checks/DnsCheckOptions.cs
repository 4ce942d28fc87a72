namespace Resilience.Health;

/// <summary>What <c>AddDnsCheck</c> expects of a name. Read when the check is added; a value out of its bounds throws there.</summary>
public sealed class DnsCheckOptions
{
    /// <summary>Fewer different addresses than this are a failure with the code <see cref="CheckErrors.Dns"/>. Default 1; 1 to 1,000.</summary>
    public int MinAddresses { get; set; } = 1;
}
