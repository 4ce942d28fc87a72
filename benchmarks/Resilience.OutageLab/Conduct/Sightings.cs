using System.Globalization;

namespace Resilience.OutageLab.Conduct;

/// <summary>What one backend process has told of itself so far: it may be killed at any time.</summary>
internal sealed class Sightings
{
    public const string Word = "seen";

    public Bins Arrivals { get; } = new();

    public int Served { get; private set; }

    public int Wasted { get; private set; }

    public int Shed { get; private set; }

    public int Probes { get; private set; }

    public void Hear(string line)
    {
        var words = line.Split(' ');
        var numbers = words[..4].Select(word => int.Parse(word, CultureInfo.InvariantCulture)).ToArray();
        (Served, Wasted, Shed, Probes) = (numbers[0], numbers[1], numbers[2], numbers[3]);
        Arrivals.Merge(words[4]);
    }
}
