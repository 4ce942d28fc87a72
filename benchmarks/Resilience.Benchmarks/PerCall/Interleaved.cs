using System.Diagnostics;

namespace Resilience.Benchmarks;

/// <summary>
/// Rounds A B C, A C B, C A B …: what the machine does meanwhile meets all of them alike, so that the ratios of a round hold where its times do not.
/// Another begins each round, and each second one goes backwards, because who comes after another finds caches and garbage as that one left them.
/// </summary>
internal static class Interleaved
{
    private const int WarmUps = 4;

    /// <summary>One figure a round and subject, in the order of the subjects.</summary>
    /// <param name="subjects">The first is what the others are compared with.</param>
    /// <param name="rounds">Without those that warm up.</param>
    /// <param name="calls">How often in a round.</param>
    public static async Task<IReadOnlyList<Figures>> RunAsync(IReadOnlyList<Subject> subjects, int rounds, int calls)
    {
        IReadOnlyList<Figures> figures = [.. subjects.Select(subject => new Figures(subject.Name))];
        for (var round = -WarmUps; round < rounds; round++)
        {
            for (var i = 0; i < subjects.Count; i++)
            {
                var place = (i + round + WarmUps) % subjects.Count;
                var turn = round % 2 == 0 ? place : subjects.Count - 1 - place;
                var (nanoseconds, bytes) = await MeasureAsync(subjects[turn], calls);
                if (round >= 0)
                    figures[turn].Add(nanoseconds, bytes);
            }
        }

        return figures;
    }

    private static async Task<(double Nanoseconds, double Bytes)> MeasureAsync(Subject subject, int calls)
    {
        // Everybody begins with an empty heap, and none pays for another's garbage.
        GC.Collect();
        GC.WaitForPendingFinalizers();
        var allocated = GC.GetTotalAllocatedBytes(precise: true);
        var started = Stopwatch.GetTimestamp();
        await subject.RunAsync(calls);
        var passed = Stopwatch.GetElapsedTime(started);
        return (passed.TotalNanoseconds / calls, (double)(GC.GetTotalAllocatedBytes(precise: true) - allocated) / calls);
    }
}

/// <summary>What was measured of one subject, a figure per round.</summary>
internal sealed record Figures(string Name)
{
    private readonly List<double> _nanoseconds = [], _bytes = [];

    public double Bytes => Spread.Of(_bytes).Median;

    /// <summary>Nanoseconds in another unit.</summary>
    public Spread Times(double factor) => Spread.Of(_nanoseconds.Select(one => one * factor));

    public void Add(double nanoseconds, double bytes)
    {
        _nanoseconds.Add(nanoseconds);
        _bytes.Add(bytes);
    }

    /// <summary>Ratios of rounds, not of medians.</summary>
    public Spread RatioTo(Figures other) => Spread.Of(_nanoseconds.Zip(other._nanoseconds, (mine, theirs) => mine / theirs));

    public Spread Beyond(Figures other) => Spread.Of(_nanoseconds.Zip(other._nanoseconds, (mine, theirs) => mine - theirs));
}
