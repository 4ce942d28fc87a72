using System.Globalization;

namespace Resilience.OutageLab;

/// <summary>Counts per 10 ms since the start of the load; what comes before is warm-up and not counted. Thread-safe.</summary>
internal sealed class Bins
{
    public const int PerSecond = 100;
    private const int Longest = 300 * PerSecond; // No run is longer than five minutes.

    private readonly int[] _counts = new int[Longest];
    private readonly int[] _told = new int[Longest];
    private long _zero = long.MaxValue;
    private int _end;

    public long Zero { get => Volatile.Read(ref _zero); set => Volatile.Write(ref _zero, value); }

    public int[] Counts => _counts[..Volatile.Read(ref _end)];

    public void Count(long now)
    {
        if (now < Zero)
            return;
        var bin = (now - Zero) * PerSecond / LabTime.Second;
        if (bin < Longest)
            Add((int)bin, 1);
    }

    public void Add(int bin, int count)
    {
        Interlocked.Add(ref _counts[bin], count);
        for (var end = Volatile.Read(ref _end); bin >= end;)
        {
            var seen = Interlocked.CompareExchange(ref _end, bin + 1, end);
            if (seen == end)
                break;
            end = seen;
        }
    }

    /// <summary>What was counted since it was asked last: <c>bin:count,bin:count</c>. For one thread.</summary>
    public string News()
    {
        var news = new List<string>();
        for (var bin = 0; bin < Volatile.Read(ref _end); bin++)
        {
            var more = Volatile.Read(ref _counts[bin]) - _told[bin];
            if (more == 0)
                continue;
            _told[bin] += more;
            news.Add(string.Create(CultureInfo.InvariantCulture, $"{bin}:{more}"));
        }

        return string.Join(',', news);
    }

    public void Merge(string news)
    {
        foreach (var entry in news.Split(',', StringSplitOptions.RemoveEmptyEntries))
        {
            var colon = entry.IndexOf(':', StringComparison.Ordinal);
            Add(int.Parse(entry.AsSpan(0, colon), CultureInfo.InvariantCulture), int.Parse(entry.AsSpan(colon + 1), CultureInfo.InvariantCulture));
        }
    }
}
