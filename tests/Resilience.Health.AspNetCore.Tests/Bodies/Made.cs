using System.Buffers;
using System.Text;
using System.Text.Json;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Xunit;

namespace Resilience.Health.AspNetCore.Tests;

/// <summary>Snapshots made to measure, and what bodies make of them.</summary>
internal static class Made
{
    public static readonly DateTimeOffset Now = new(2024, 10, 25, 10, 0, 0, TimeSpan.Zero);

    public static readonly ProcessUsage Usage = new(TimeSpan.FromSeconds(86_400.7), 512L << 20, 2_048L << 20, 0.15);

    public static CheckSnapshot Check(string name, HealthStatus status = HealthStatus.Healthy, string? word = null, double latency = 5, string? error = null, params (string, object?)[] data) =>
        new()
        {
            Name = name,
            Tags = new HashSet<string>(),
            IsCritical = true,
            IsKnown = true,
            Status = status,
            RawStatus = status,
            Word = word ?? (status == HealthStatus.Healthy ? "ok" : status == HealthStatus.Degraded ? "degraded" : "error"),
            Error = error ?? (status == HealthStatus.Healthy ? null : CheckErrors.Timeout),
            Latency = TimeSpan.FromMilliseconds(latency),
            CheckedAt = Now - TimeSpan.FromMilliseconds(1_200),
            Data = new OrderedDictionary<string, object?>(data.Select(item => KeyValuePair.Create(item.Item1, item.Item2))),
        };

    public static HealthSnapshot Snapshot(params CheckSnapshot[] checks) => Snapshot(HealthPhase.Running, checks);

    public static HealthSnapshot Snapshot(HealthPhase phase, params CheckSnapshot[] checks) => new(phase, Now, isMoving: true, checks);

    public static BodyContext Context(HealthSnapshot snapshot, Exposure exposure = Exposure.Data) => new(snapshot, Usage, "1.0.0", Now, exposure);

    public static string Summary(BodyContext context, BodyFormat format = BodyFormat.Json) => Written(output => Body.Summary(output, context, format), format);

    public static string Deep(BodyContext context, BodyFormat format = BodyFormat.Json) => Written(output => Body.Deep(output, context, format), format);

    public static string Probe(Outcome outcome, BodyFormat format = BodyFormat.Json) => Written(output => Body.Probe(output, outcome, format), format);

    /// <summary>Every document there is of a context.</summary>
    public static IEnumerable<string> All(BodyContext context) =>
        Enum.GetValues<BodyFormat>().SelectMany<BodyFormat, string>(format => [Summary(context, format), Deep(context, format)]);

    /// <summary>A golden file, without the layout that makes it readable.</summary>
    public static string Golden(string name)
    {
        using var document = JsonDocument.Parse(File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "Bodies", "Golden", name)));
        var output = new ArrayBufferWriter<byte>();
        using (var json = JsonParts.Writer(output))
            document.WriteTo(json);
        return Encoding.UTF8.GetString(output.WrittenSpan);
    }

    private static string Written(Action<IBufferWriter<byte>> write, BodyFormat format)
    {
        var output = new ArrayBufferWriter<byte>();
        write(output);
        if (format != BodyFormat.Text)
        {
            using var document = JsonDocument.Parse(output.WrittenMemory, new() { AllowDuplicateProperties = false, CommentHandling = JsonCommentHandling.Disallow });
            AssertNoNameTwice(document.RootElement);
        }

        return new UTF8Encoding(false, throwOnInvalidBytes: true).GetString(output.WrittenSpan);
    }

    // What the parser calls a duplicate is the parser's affair; this counts.
    private static void AssertNoNameTwice(JsonElement element)
    {
        if (element.ValueKind == JsonValueKind.Object)
        {
            var names = element.EnumerateObject().Select(member => member.Name).ToList();
            Assert.Equal(names.Count, names.Distinct(StringComparer.Ordinal).Count());
            Assert.All(element.EnumerateObject(), member => AssertNoNameTwice(member.Value));
        }
        else if (element.ValueKind == JsonValueKind.Array)
            Assert.All(element.EnumerateArray(), AssertNoNameTwice);
    }
}
