using System.Globalization;

namespace Resilience.Benchmarks;

/// <summary>What may be said after a command's name.</summary>
/// <param name="Json">A file for the figures.</param>
/// <param name="Rounds">How often everything is measured in turn; 0 for the command's own number.</param>
/// <param name="Calls">How many calls make a round; 0 for the command's own number.</param>
/// <param name="Seconds">How long a round takes where time counts it; 0 for the command's own length.</param>
internal sealed record RunOptions(string? Json = null, int Rounds = 0, int Calls = 0, double Seconds = 0)
{
    public const string Help = "[--rounds N] [--calls N] [--seconds S] [--json FILE]";

    public int RoundsOr(int own) => Rounds > 0 ? Rounds : own;

    public int CallsOr(int own) => Calls > 0 ? Calls : own;

    public TimeSpan LengthOr(double own) => TimeSpan.FromSeconds(Seconds > 0 ? Seconds : own);

    /// <exception cref="FormatException">Something is not understood.</exception>
    public static RunOptions Parse(ReadOnlySpan<string> args)
    {
        var options = new RunOptions();
        for (; args.Length > 0; args = args[2..])
        {
            options = args switch
            {
                ["--json", var file, ..] => options with { Json = file },
                ["--rounds", var number, ..] => options with { Rounds = int.Parse(number, CultureInfo.InvariantCulture) },
                ["--calls", var number, ..] => options with { Calls = int.Parse(number, CultureInfo.InvariantCulture) },
                ["--seconds", var number, ..] => options with { Seconds = double.Parse(number, CultureInfo.InvariantCulture) },
                _ => throw new FormatException($"'{args[0]}' is not understood; there is {Help}."),
            };
        }

        return options;
    }
}
