using Xunit;

namespace Resilience.Samples.Tests.Systemd;

/// <summary>Tests that have the machine to themselves, because they measure.</summary>
[CollectionDefinition(nameof(Measured), DisableParallelization = true)]
public sealed class Measured;
