using System.Net;
using System.Text.Json;
using Xunit;

namespace Resilience.Samples.Tests.Logs;

/// <summary>The samples as they log where nobody sets anything: JSON in production, text elsewhere.</summary>
public sealed class ProductionTests
{
    private static readonly string[] Levels = ["trace", "debug", "info", "warn", "error", "critical"];

    [Fact]
    public async Task Api_and_Web_print_nothing_but_lines_of_JSON()
    {
        using var api = await new Sample("Api") { Formatter = null }.ListensAsync();
        using var web = await new Sample("Web") { Formatter = null, Settings = { ["Backends__api__Address"] = api.Url, ["Backends__api__Timeout"] = "00:00:01" } }.ListensAsync();
        await web.AnswersAsync("/leaderboard", HttpStatusCode.OK);
        var api1 = await StopAsync(api);
        await web.AnswersAsync("/leaderboard", HttpStatusCode.ServiceUnavailable); // Which is logged, with its request.
        var web1 = await StopAsync(web);

        Assert.Contains(api1, entry => Text(entry, "module") == "Lifetime" && Text(entry, "message").Contains("Application started", StringComparison.Ordinal));
        Assert.Contains(api1, entry => Text(entry, "message").StartsWith("Startup gate: open after ", StringComparison.Ordinal));
        Assert.Contains(web1, entry => Text(entry, "level") == "warn" && Text(entry, "backend") == "api" && Text(entry, "action").Length > 0);
        Assert.Contains(web1, entry => entry.TryGetProperty("requestId", out _) && entry.TryGetProperty("traceId", out _));
    }

    [Fact]
    public async Task Worker_prints_nothing_but_lines_of_JSON()
    {
        using var worker = await new Sample("Worker") { Formatter = null, Urls = null, Settings = { ["Backends__api__Address"] = $"http://127.0.0.1:{Ports.Free()}" } }.StartWithAsync("is not there yet");
        var entries = await StopAsync(worker);
        Assert.Contains(entries, entry => Text(entry, "backend") == "api");
    }

    [Fact]
    public async Task Development_has_text()
    {
        using var api = await new Sample("Api") { Formatter = null, HostEnvironment = "Development" }.ListensAsync();
        await api.StopAsync();
        Assert.Contains(api.Process.Lines, line => line.StartsWith("info: ", StringComparison.Ordinal));
        Assert.DoesNotContain(api.Process.Lines, line => line.StartsWith('{'));
    }

    private static async Task<List<JsonElement>> StopAsync(Sample sample)
    {
        await sample.StopAsync();
        var entries = sample.Process.Lines.Select(line => JsonDocument.Parse(line, new() { AllowDuplicateProperties = false }).RootElement).ToList();
        Assert.All(entries, entry =>
        {
            Assert.Contains(Text(entry, "level"), Levels);
            Assert.EndsWith("Z", Text(entry, "timestamp"), StringComparison.Ordinal);
            Assert.NotEmpty(Text(entry, "module"));
            Assert.NotEmpty(Text(entry, "message"));
        });
        return entries;
    }

    private static string Text(JsonElement entry, string field) => entry.TryGetProperty(field, out var value) ? $"{value}" : "";
}
