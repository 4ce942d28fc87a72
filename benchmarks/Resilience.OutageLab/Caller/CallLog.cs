using System.Collections.Concurrent;
using System.Globalization;

namespace Resilience.OutageLab.Caller;

/// <summary>Every call of a run: when it was due, when it ended, and how. Written by many threads, each its own entries.</summary>
internal sealed class CallLog(int capacity)
{
    public const long Unfinished = long.MaxValue;

    /// <summary>In nanoseconds since the start of the load; the end is <see cref="Unfinished"/> for those nobody waited for.</summary>
    public long[] Issued { get; } = new long[capacity];

    public long[] Ended { get; } = Filled(capacity);

    public bool[] Succeeded { get; } = new bool[capacity];

    public int Count { get; set; }

    /// <summary>Sends per 10 ms, those into a refused port too, and those of recovery probes.</summary>
    public int[] Sends { get; set; } = [];

    public int Probes { get; set; }

    public long PeakMemory { get; set; }

    public double CpuSeconds { get; set; }

    /// <summary>By how many nanoseconds the latest call was issued after it was due: what the machine, not the client, did to the run.</summary>
    public long LatestIssue { get; set; }

    /// <summary>How failed calls failed, by type or status, for a human to read.</summary>
    public ConcurrentDictionary<string, int> Failures { get; } = [];

    public void Save(string path)
    {
        using var writer = new BinaryWriter(File.Create(path));
        writer.Write(Count);
        for (var i = 0; i < Count; i++)
        {
            writer.Write(Issued[i]);
            writer.Write(Ended[i]);
            writer.Write(Succeeded[i]);
        }

        writer.Write(Sends.Length);
        foreach (var sends in Sends)
            writer.Write(sends);
        writer.Write(Probes);
        writer.Write(PeakMemory);
        writer.Write(CpuSeconds);
        writer.Write(LatestIssue);
        writer.Write(string.Join('\n', Failures.OrderByDescending(failure => failure.Value).Select(failure => string.Create(CultureInfo.InvariantCulture, $"{failure.Value} {failure.Key}"))));
    }

    public static CallLog Load(string path)
    {
        using var reader = new BinaryReader(File.OpenRead(path));
        var log = new CallLog(reader.ReadInt32());
        log.Count = log.Issued.Length;
        for (var i = 0; i < log.Count; i++)
            (log.Issued[i], log.Ended[i], log.Succeeded[i]) = (reader.ReadInt64(), reader.ReadInt64(), reader.ReadBoolean());
        log.Sends = new int[reader.ReadInt32()];
        for (var i = 0; i < log.Sends.Length; i++)
            log.Sends[i] = reader.ReadInt32();
        (log.Probes, log.PeakMemory, log.CpuSeconds, log.LatestIssue) = (reader.ReadInt32(), reader.ReadInt64(), reader.ReadDouble(), reader.ReadInt64());
        foreach (var line in reader.ReadString().Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            var space = line.IndexOf(' ', StringComparison.Ordinal);
            log.Failures[line[(space + 1)..]] = int.Parse(line.AsSpan(0, space), CultureInfo.InvariantCulture);
        }

        return log;
    }

    private static long[] Filled(int count)
    {
        var ends = new long[count];
        Array.Fill(ends, Unfinished);
        return ends;
    }
}
