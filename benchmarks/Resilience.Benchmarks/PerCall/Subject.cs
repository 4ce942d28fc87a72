namespace Resilience.Benchmarks;

/// <summary>Something that is done often, and how to do it so many times: in a loop of its own, so that no delegate or task per time is counted along.</summary>
internal sealed record Subject(string Name, Func<int, Task> RunAsync);
