using System.Text.Json;
using System.Xml.Linq;

namespace Resilience.OutageLab.Tests;

/// <summary>The program itself, with its processes: a kill, two clients.</summary>
public sealed class ProgramTests
{
    [Fact]
    public async Task A_killed_backend_costs_our_callers_no_call_and_others_those_made_meanwhile()
    {
        using var folder = new TemporaryFolder();
        using var program = Daemon.Start("dotnet", [typeof(CommandLine).Assembly.Location, "--only", "killed", "--aside", "--rate", "100", "--clients", "bare,ours", "--out", folder.Path], folder.Path);
        await Eventually.IsTrueAsync(() => program.Output.Contains("% ok", StringComparison.Ordinal), "the end of a run");
        Assert.Equal(0, await program.ExitAsync());

        using var results = JsonDocument.Parse(await File.ReadAllTextAsync(Path.Combine(folder.Path, "results.json"), TestContext.Current.CancellationToken));
        var clients = results.RootElement.GetProperty("scenarios")[0].GetProperty("clients");
        var (bare, ours) = (Median(clients[0]), Median(clients[1]));
        Assert.Equal(1, Figure(ours, "ok %"));
        Assert.InRange(Figure(ours, "meanwhile"), 0, 0.5);
        Assert.InRange(Figure(bare, "during"), 0, 0.2);
        Assert.InRange(Figure(bare, "meanwhile"), 0.9, 1.1);
        Assert.InRange(Figure(bare, "MB"), 10, 1000);
        Assert.Equal("svg", XElement.Load(Path.Combine(folder.Path, "killed.svg")).Name.LocalName);
        Assert.Contains("| ours |", await File.ReadAllTextAsync(Path.Combine(folder.Path, "results.md"), TestContext.Current.CancellationToken));
    }

    private static JsonElement Median(JsonElement client) => client.GetProperty("median");

    private static double Figure(JsonElement figures, string title) => figures.GetProperty(title).GetProperty("median").GetDouble();
}
