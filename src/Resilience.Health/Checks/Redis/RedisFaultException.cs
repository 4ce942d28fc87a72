namespace Resilience.Health;

/// <summary>Ends the conversation with one server. Never leaves the check.</summary>
internal sealed class RedisFaultException(RedisFault fault) : Exception(fault.Text)
{
    public RedisFault Fault { get; } = fault;
}
