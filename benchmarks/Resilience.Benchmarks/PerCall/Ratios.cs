namespace Resilience.Benchmarks;

/// <summary>What a call costs beyond one of a bare client, as ratios of interleaved rounds.</summary>
internal static class Ratios
{
    public static async Task RunAsync(Report report, RunOptions options)
    {
        foreach (var isAsynchronous in new[] { false, true })
        {
            await ReportAsync(
                report, options, $"A call that succeeds, {Answered(isAsynchronous)}", [.. Contender.All.Select(contender => Situations.Success(contender, isAsynchronous))], calls: 100_000);
        }

        await ReportAsync(report, options, "A call that succeeds, answered later, with a body", [.. Contender.All.Select(contender => Situations.Body(contender, isAsynchronous: true))], calls: 50_000);
        foreach (var isAsynchronous in new[] { false, true })
            await ReportAsync(report, options, $"One retry: 503, then 200, without a delay, {Answered(isAsynchronous)}", Situations.OneRetry(isAsynchronous), calls: 20_000);
        await ReportAsync(report, options, "Refused while the backend is down", await Situations.RefusedAsync(), calls: 2_000);
        await LettingIn.RunAsync(report, options);
        foreach (var isAsynchronous in new[] { false, true })
            await ReportAsync(report, options, $"JSON of three items, {Answered(isAsynchronous)}", Situations.Json(isAsynchronous), calls: 20_000);
    }

    private static async Task ReportAsync(Report report, RunOptions options, string title, IReadOnlyList<Subject> subjects, int calls)
    {
        var (rounds, number) = (options.RoundsOr(21), Math.Min(calls, options.CallsOr(calls)));
        var table = new Table(
            title, $"{rounds} interleaved rounds of {number:N0} calls; ratios are those of a round, with quartiles.",
            ("ns added", "N0"), ("of bare", "0.00"), ("bytes", "N0"), ("bytes beyond bare", "N0"));
        var figures = await Interleaved.RunAsync(subjects, rounds, number);
        var bare = figures[0];
        foreach (var one in figures)
            table.Add(one.Name, one.Beyond(bare), one.RatioTo(bare), Math.Round(one.Bytes), Math.Round(one.Bytes - bare.Bytes));
        report.Add(table);
    }

    private static string Answered(bool isAsynchronous) => isAsynchronous ? "answered later" : "answered at once";
}
