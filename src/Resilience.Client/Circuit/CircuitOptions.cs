namespace Resilience.Client;

/// <summary>Section <c>Circuit</c> of a backend: when failing attempts are taken as proof that it is down.</summary>
public sealed class CircuitOptions
{
    /// <summary>
    /// The share of failed attempts, among at least <see cref="MinSamples"/> recent ones, that opens the circuit.
    /// Default 0.8; more than 0, at most 1.
    /// </summary>
    public double FailureRatio { get; set; } = 0.8;

    /// <summary>How many recent attempts the ratio needs. Default 20; 2 to 100,000, and more than <see cref="MinFailures"/>.</summary>
    public int MinSamples { get; set; } = 20;

    /// <summary>
    /// With fewer attempts than <see cref="MinSamples"/>: so many failures in a row, none successful between, open the circuit. One that was not answered
    /// in time counts as two: it has been watched for longer, and many small processes that go on asking keep an overloaded backend from recovering.
    /// Default 5; 2 to 100,000.
    /// </summary>
    public int MinFailures { get; set; } = 5;

    /// <summary>How far back attempts count. Default 10 s; 1 s to 5 min. Read once, at start.</summary>
    public TimeSpan Window { get; set; } = TimeSpan.FromSeconds(10);
}
