using Xunit;

namespace Resilience.Client.Tests.Wire;

/// <summary>Tests that count what the whole process has, or that load it: none runs beside them.</summary>
[CollectionDefinition(nameof(Alone), DisableParallelization = true)]
public static class Alone;
