using Resilience.OutageLab.Conduct;
using Resilience.OutageLab.Scenarios;

namespace Resilience.OutageLab.Report;

internal static class Timeline
{
    public static string Draw(Scenario scenario, IReadOnlyList<RunRecord> runs) => $"<svg xmlns=\"http://www.w3.org/2000/svg\"><title>{scenario.Name} {runs.Count}</title></svg>";
}
