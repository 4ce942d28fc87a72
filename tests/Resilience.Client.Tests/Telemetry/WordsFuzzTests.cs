using System.Text.RegularExpressions;
using Xunit;

namespace Resilience.Client.Tests;

/// <summary>Whatever happens, tags take the values that docs/telemetry.md lists and no others, and nothing of a request or an exception shows.</summary>
[Collection(VirtualTime.Name)]
public sealed partial class WordsFuzzTests
{
    private const int Calls = 3_000;
    private static readonly string[] Secrets = ["hunter2", "inner.example", "private", "token", "abc", "user:pw", "X-Secret", "secretbody"];
    private static readonly HashSet<string> Free = ["http.request.method", "http.response.status_code", "attempts", "attempt", "seconds"]; // Numbers, and the method.

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Random_faults_lead_to_listed_words_only(int seed)
    {
        var random = new Random(seed);
        using var bench = new Bench(options =>
        {
            options.Recovery.MaxWaiting = 5;
            options.Timeout = TimeSpan.FromSeconds(5);
            options.AttemptTimeout = TimeSpan.FromSeconds(2);
            options.Retry.StatusCodes.UnionWith([418, 420, 599]);
        });
        using var heard = bench.Listen();
        using var traces = new Traces();
        bench.Wire.Answer = bench.Wire.Probe = (request, token) =>
        {
            lock (random)
            {
                return random.Next(4) switch
                {
                    0 => Fault.Status(random.Next(100, 1000))(request, token),
                    1 => Fault.All[random.Next(Fault.All.Length)].Answer(request, token),
                    2 => bench.Wire.After(TimeSpan.FromMilliseconds(random.Next(3_000)), Fault.Status(random.Next(2) == 0 ? 200 : 503))(request, token),
                    _ => bench.Wire.Ok(request, token),
                };
            }
        };
        for (var call = 0; call < Calls; call++)
        {
            lock (random)
            {
                if (random.Next(200) == 0)
                    bench.State.Isolate("maintenance");
                else if (random.Next(20) == 0)
                    bench.State.Restore();
            }

            var request = Bench.Get("private?token=abc");
            request.Headers.Add("X-Secret", "hunter2");
            if (call % 3 == 0)
                (request.Method, request.Content) = (HttpMethod.Post, new StringContent("secretbody"));
            if (call % 5 == 0)
                request.Options.Set(CallOptions.WhenDown, WhenDown.FailFast);
            _ = bench.Send(request).ContinueWith(static ended => ended.Exception?.Message, TaskScheduler.Default);
            bench.Time.Push(TimeSpan.FromMilliseconds(call % 40));
            if (call % 100 == 0)
            {
                FakeTime.Settle();
                heard.Collect();
            }
        }

        bench.Time.AdvanceSeconds(30);
        heard.Collect();

        var listed = Listed();
        var seen = heard.All.SelectMany(kept => kept.Tags.Select(tag => (Where: kept.Name, tag.Key, Value: (object?)tag.Value)))
            .Concat(traces.Ended.SelectMany(activity => activity.TagObjects.Concat(activity.Events.SelectMany(happened => happened.Tags)).Select(tag => (activity.OperationName, tag.Key, tag.Value))))
            .Distinct().ToArray();
        Assert.DoesNotContain(seen, tag => !Free.Contains(tag.Key) && tag is not { Key: "backend", Value: "catalog" } && !(tag.Value is string word && listed.Contains(word)));
        Assert.True(heard.All.SelectMany(kept => kept.Tags.Values).Distinct().Count() > 35, "The faults are not random enough.");
        Assert.All(seen.Where(tag => Free.Contains(tag.Key)), tag => Assert.True(tag.Value is int or double or "GET" or "POST", $"{tag}"));
        Assert.All(bench.Log, line => Assert.DoesNotContain(Secrets, secret => line.Contains(secret, StringComparison.Ordinal)));
        Assert.NotEmpty(bench.Log);
        Assert.All(traces.Ended, activity => Assert.DoesNotContain(Secrets, secret => $"{activity.DisplayName} {activity.StatusDescription}".Contains(secret, StringComparison.Ordinal)));
    }

    /// <summary>All words in backquotes of the rows that list values, from the chapters of the client and of traces.</summary>
    private static HashSet<string> Listed()
    {
        var text = File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "telemetry.md"));
        var metrics = text[text.IndexOf("## Metrics of Resilience.Client", StringComparison.Ordinal)..text.IndexOf("## Metrics of Resilience.Health", StringComparison.Ordinal)];
        var traces = text[text.IndexOf("## Traces", StringComparison.Ordinal)..text.IndexOf("## Logs", StringComparison.Ordinal)];
        var words = InBackquotes().Matches(metrics + traces).Select(match => match.Groups[1].Value).ToHashSet();
        for (var status = 500; status <= 505; status++) // Listed as a range.
            words.Add($"http_{status}");
        return words;
    }

    [GeneratedRegex("`([a-z0-9_]+)`")]
    private static partial Regex InBackquotes();
}
