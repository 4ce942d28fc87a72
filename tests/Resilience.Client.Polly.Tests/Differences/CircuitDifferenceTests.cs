using System.Numerics;
using Xunit;

namespace Resilience.Client.Polly.Tests.Differences;

/// <summary>
/// The same random sequences of calls, endings and times through our circuit and Polly's. Where they decide differently, the rules of <see cref="CircuitRule"/> explain why.
/// After a difference both begin anew, so that each is a difference of its own.
/// </summary>
[Collection(VirtualTime.Name)]
public sealed class CircuitDifferenceTests(ITestOutputHelper output)
{
    private const int Sequences = 2_000, Steps = 120;

    private static readonly CircuitRule[] Rules = [.. Enum.GetValues<CircuitRule>().Where(rule => BitOperations.PopCount((uint)rule) == 1)];

    // By how many rules it takes: few explain most.
    private static readonly CircuitRule[] Sets =
        [.. Enumerable.Range(1, (int)CircuitRule.All).Select(set => (CircuitRule)set).OrderBy(set => BitOperations.PopCount((uint)set))];

    private readonly Dictionary<CircuitRule, int> _explained = [];
    private int _decisions, _met;

    [Fact]
    public void Every_difference_between_our_circuit_and_pollys_has_a_name()
    {
        var before = SynchronizationContext.Current;
        SynchronizationContext.SetSynchronizationContext(null); // Or what a call's end leads to would not happen at once.
        try
        {
            for (var seed = 0; seed < Sequences; seed++)
                Run(seed);
        }
        finally
        {
            SynchronizationContext.SetSynchronizationContext(before);
        }

        output.WriteLine($"{_decisions:N0} decisions, {_explained.Values.Sum():N0} times a rule made a difference:");
        foreach (var rule in Rules)
            output.WriteLine($"{_explained.GetValueOrDefault(rule),7:N0}  {rule}");
        Assert.All(Rules, rule => Assert.True(_explained.ContainsKey(rule), $"{rule} explains nothing"));
    }

    private void Run(int seed)
    {
        using var sequence = new Sequence(seed);
        var random = new Random(seed);
        var weather = new Weather(random, refuses: seed % 4 == 0);
        var (circuits, ours, theirs) = Begin(sequence);
        try
        {
            for (var step = 0; step < Steps; step++)
            {
                weather.Change();
                var wasClosed = circuits.OursIsClosed;
                var differs = false;
                var isLong = random.NextDouble() < 0.2;
                if (!isLong || circuits.UnderWay.Count() < 4)
                    differs = Check(circuits.Begin(step));
                if (!differs && (!isLong || random.NextDouble() < 0.5) && circuits.UnderWay.Any())
                {
                    circuits.End(isLong ? circuits.UnderWay.First() : circuits.UnderWay.Last(), weather.End());
                    differs = Check(null);
                }

                if (!differs && wasClosed && !circuits.OursIsClosed)
                    circuits.Back = (sequence.Time.Elapsed + random.NextDouble() * 2 * CircuitModel.Break, random.NextDouble() < 0.3);
                if (!differs)
                {
                    // Nothing of ours runs by itself while it is closed, but the tick.
                    if (circuits.OursIsClosed)
                        sequence.Time.Push(weather.Gap());
                    else
                        sequence.Time.Advance(weather.Gap());
                    circuits.Pass();
                    differs = Check(null);
                }

                if (differs)
                {
                    circuits.Dispose();
                    (circuits, ours, theirs) = Begin(sequence);
                }
            }
        }
        finally
        {
            circuits.Dispose();
            FakeTime.Settle();
        }

        bool Check((bool Ours, bool Theirs)? admitted)
        {
            _decisions++;
            foreach (var happening in circuits.History.Skip(_met))
            {
                ours.Meet(happening);
                theirs.Meet(happening);
            }

            _met = circuits.History.Count;
            if ((circuits.TheirsIsClosed, admitted?.Theirs) != (theirs.IsClosed, admitted is null ? null : theirs.Admitted))
                Assert.Fail($"Polly's circuit is not as it is written down, {Where()}");
            if ((circuits.OursIsClosed, admitted?.Ours) != (ours.IsClosed, admitted is null ? null : ours.Admitted))
                Assert.Fail($"No rule explains our circuit, {Where()}");
            if (circuits.OursIsClosed == circuits.TheirsIsClosed && admitted?.Ours == admitted?.Theirs)
                return false;
            var set = Sets.First(set => CircuitModel.Of(set, sequence.MinFailures, circuits.History) is var model
                && model.IsClosed == circuits.OursIsClosed && (admitted is null || model.Admitted == admitted.Value.Ours));
            foreach (var rule in Rules.Where(rule => set.HasFlag(rule)))
                _explained[rule] = _explained.GetValueOrDefault(rule) + 1;
            return true;
        }

        string Where() => $"sequence {seed}, {sequence.Time.Elapsed}:\n{string.Join('\n', circuits.History.TakeLast(40))}";
    }

    private (Circuits Circuits, CircuitModel Ours, CircuitModel Theirs) Begin(Sequence sequence)
    {
        _met = 0;
        return (new(sequence), new(CircuitRule.All, sequence.MinFailures), new(CircuitRule.None, sequence.MinFailures));
    }
}
