using Xunit;

namespace Resilience.Client.Polly.Tests;

/// <summary>Tests that own the thread pool, or measure: they run one after the other, and beside no other test.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class VirtualTime
{
    public const string Name = "Virtual time";
}
