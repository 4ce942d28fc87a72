namespace Resilience.Client.Polly.Tests.Differences;

/// <summary>How often calls come, and what becomes of them: steady for a while, then different.</summary>
internal sealed class Weather(Random random, bool refuses)
{
    private static readonly double[] Gaps = [0.002, 0.015, 0.08, 0.4, 1.5];
    private static readonly double[] Shares = [0, 0.5, 0.8, 0.9, 1];
    private static readonly Ending[] Failures = [Ending.Unavailable, Ending.Unavailable, Ending.Unavailable, Ending.Cut];
    private static readonly Ending[] Successes = [Ending.Ok, Ending.Ok, Ending.Missing];
    private static readonly Ending[] Oddities = [Ending.TooMany, Ending.TooMany, Ending.Cancelled, Ending.Foreign];
    private double _gap, _failing, _odd;
    private int _left;

    public void Change()
    {
        if (_left-- > 0)
            return;
        _left = random.Next(5, 50);
        _gap = Of(Gaps);
        _failing = Of(Shares);
        _odd = random.NextDouble() < 0.5 ? 0 : random.NextDouble() * 0.4;
    }

    public TimeSpan Gap() => TimeSpan.FromSeconds(random.NextDouble() * 2 * _gap);

    public Ending End() => random.NextDouble() < _odd * 0.1 && refuses ? Ending.Refused : Of(random.NextDouble() < _odd ? Oddities : random.NextDouble() < _failing ? Failures : Successes);

    private T Of<T>(T[] values) => values[random.Next(values.Length)];
}
