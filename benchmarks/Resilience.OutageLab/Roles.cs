namespace Resilience.OutageLab;

/// <summary>What a process of this program can be besides the conductor: the first argument, with its settings as the second.</summary>
internal static class Roles
{
    public const string Backend = "backend", Caller = "caller", Forwarder = "forwarder";
}
