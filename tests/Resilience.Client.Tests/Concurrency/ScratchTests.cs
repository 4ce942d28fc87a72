using Xunit;

namespace Resilience.Client.Tests;

public sealed class ScratchTests
{
    private static ConcurrencyLimit New() => new(Settings.From(new BackendOptions { Address = TestSettings.Address }));

    [Theory]
    [InlineData(6)]
    [InlineData(3)]
    [InlineData(12)]
    [InlineData(30)]
    public void Linear(int seconds)
    {
        var o = TestContext.Current.TestOutputHelper!;
        var all = new List<double>();
        for (var seed = 1; seed < 60; seed++)
        {
            var limit = New();
            var it = new Simulation(limit, seed) { Workers = null }.Run(10);
            var lines = new List<string>();
            for (var step = 0; step < 40 * seconds; step++)
            {
                it.Service = 0.005 + 0.495 * (step < 20 * seconds ? step / (20.0 * seconds) : (40 * seconds - step) / (20.0 * seconds));
                it.Run(0.05);
            }

            it.Run(5);
            all.Add(it.Answered(10, 10 + 2 * seconds));
        }

        all.Sort();
        o.WriteLine($"{seconds}: worst {string.Join(" ", all.Take(8).Select(a => $"{a:0.000}"))} median {all[all.Count / 2]:0.000}");
    }

    [Theory]
    [InlineData(0.005, 2, 1000, 15, 1)]
    [InlineData(0.005, 2, 1000, 15, 0.1)]
    [InlineData(0.05, 4, 600, 60, 1)]
    [InlineData(0.1, 9, 600, 120, 1)]
    [InlineData(0.02, 1, 200, 8, 1)]
    [InlineData(0.005, 4, 2000, 30, 0.1)]
    public void Overload(double service, int less, double load, int workers, double within)
    {
        var o = TestContext.Current.TestOutputHelper!;
        var all = new List<double>();
        var after = new List<double>();
        foreach (var gradual in new[] { false, true })
        {
            all.Clear();
            after.Clear();
            for (var seed = 1; seed < 40; seed++)
            {
                var it = new Simulation(New(), seed) { Workers = workers, Service = service, Load = load }.Run(10);
                if (gradual)
                    for (var w = workers; w > less; w--)
                    {
                        it.Workers = w;
                        it.Run(3.0 / (workers - less));
                    }
                else
                    it.Run(3);
                it.Workers = less;
                it.Run(10);
                it.Workers = workers;
                it.Run(5);
                all.Add(it.Answered(14, 22, within) / (less / service / load));
                after.Add(it.Answered(23.5, 25));
            }

            all.Sort();
            after.Sort();
            o.WriteLine($"gradual {gradual}: of possible: worst {string.Join(" ", all.Take(6).Select(a => $"{a:0.000}"))} median {all[all.Count / 2]:0.000}; after worst {after[0]:0.000} median {after[after.Count / 2]:0.000}");
        }
    }

    [Theory]
    [InlineData(900, 12, 10)]
    [InlineData(1000, 12, 10)]
    [InlineData(900, 12, 4)]
    [InlineData(100, 2, 10)]
    public void Cold(double load, int workers, int factor)
    {
        var o = TestContext.Current.TestOutputHelper!;
        var all = new List<double>();
        var later = new List<double>();
        for (var seed = 1; seed < 30; seed++)
        {
            var it = new Simulation(New(), seed) { Workers = workers, Service = 0.01, Load = load }.Run(10);
            it.IsDown = true;
            it.Run(3);
            (it.Workers, it.Service, it.IsDown) = (workers * factor, 0.01 * factor, false);
            it.Run(3);
            (it.Workers, it.Service) = (workers, 0.01);
            it.Run(30);
            all.Add(it.Answered(13, 16));
            later.Add(it.Answered(16, 40));
        }

        all.Sort();
        later.Sort();
        o.WriteLine($"cold: worst {all[0]:0.000} median {all[all.Count / 2]:0.000}, later worst {later[0]:0.000} median {later[later.Count / 2]:0.000}");
    }
}
