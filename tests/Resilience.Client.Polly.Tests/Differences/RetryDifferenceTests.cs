using System.Net;
using System.Numerics;
using Microsoft.Extensions.Logging.Abstractions;
using Polly;
using Polly.Retry;
using Xunit;

namespace Resilience.Client.Polly.Tests.Differences;

/// <summary>
/// The same random calls through our retries and Polly's: how often each is sent, and when. Where they differ, the rules of <see cref="RetryRule"/> explain why.
/// </summary>
[Collection(VirtualTime.Name)]
public sealed class RetryDifferenceTests(ITestOutputHelper output)
{
    private const int Sequences = 400, Calls = 25;
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan Exact = TimeSpan.FromMilliseconds(1);

    private static readonly RetryRule[] Rules = [.. Enum.GetValues<RetryRule>().Where(rule => BitOperations.PopCount((uint)rule) == 1)];

    private static readonly RetryRule[] Sets =
        [.. Enumerable.Range(1, (int)RetryRule.All).Select(set => (RetryRule)set).OrderBy(set => BitOperations.PopCount((uint)set))];

    private readonly Dictionary<RetryRule, int> _explained = [];

    [Fact]
    public async Task Every_difference_between_our_retries_and_pollys_has_a_name()
    {
        var differences = 0;
        for (var seed = 0; seed < Sequences; seed++)
            differences += await RunAsync(seed);

        output.WriteLine($"{Sequences * Calls:N0} calls, {differences:N0} sent differently; how often a rule made a difference:");
        foreach (var rule in Rules)
            output.WriteLine($"{_explained.GetValueOrDefault(rule),7:N0}  {rule}");
        Assert.InRange(differences, 1, Sequences * Calls - 1);
        Assert.All(Rules, rule => Assert.True(_explained.ContainsKey(rule), $"{rule} explains nothing"));
    }

    private async Task<int> RunAsync(int seed)
    {
        using var sequence = new Sequence(seed);
        var random = new Random(seed);
        var draw = 0.0;
        using var backend = OurBackend(sequence, () => draw);
        var ours = new ResiliencePipelineBuilder<HttpResponseMessage> { TimeProvider = sequence.Time }.AddBackendResilience(backend).Build();
        var theirs = TheirRetries(sequence);
        var (asOurs, asTheirs) = (new RetryModel(RetryRule.All, Deadline), new RetryModel(RetryRule.None, Deadline));
        var history = new List<(RetryCall Call, TimeSpan Began, double Draw)>();
        var differences = 0;
        for (var number = 0; number < Calls; number++)
        {
            var call = Any(random);
            draw = random.NextDouble() < 0.3 ? 0.999_999 : random.NextDouble();
            var began = sequence.Time.Elapsed;
            history.Add((call, began, draw));
            var under = Task.WhenAll(SendAsync(ours, call, sequence), SendAsync(theirs, call, sequence));
            sequence.Time.AdvanceUntil(() => under.IsCompleted, TimeSpan.FromMinutes(1));
            sequence.Time.AdvanceMilliseconds(50.3 + random.NextDouble() * 1_000); // One that was refused is found to be up again.
            var both = await under;
            var where = $"sequence {seed}, call {number}, {call.IsPost}, {string.Join(' ', call.Endings)}:";
            Same($"Polly's retries are not as they are written down, {where}", asTheirs.Run(call, began, draw), both[1]);
            Same($"No rule explains our retries, {where}", asOurs.Run(call, began, draw), both[0]);
            if (!AreSame(both[0], both[1]))
            {
                differences++;
                var set = Sets.First(set => AreSame(Replay(set, history), both[0]));
                foreach (var rule in Rules.Where(rule => set.HasFlag(rule)))
                    _explained[rule] = _explained.GetValueOrDefault(rule) + 1;
            }
        }

        return differences;
    }

    private static List<TimeSpan> Replay(RetryRule rules, List<(RetryCall Call, TimeSpan Began, double Draw)> history)
    {
        var model = new RetryModel(rules, Deadline);
        return history.ConvertAll(call => model.Run(call.Call, call.Began, call.Draw))[^1];
    }

    private static RetryCall Any(Random random) => new(random.NextDouble() < 0.2, [.. Enumerable.Range(0, random.Next(1, 6)).Select(_ => AnyEnding(random))]);

    private static RetryCall.Meets AnyEnding(Random random)
    {
        var with = (RetryEnding)random.Next(7);
        if (with == RetryEnding.Refused && random.NextDouble() < 0.7)
            with = RetryEnding.Unavailable;
        var isAnswer = with is not (RetryEnding.Cut or RetryEnding.Refused or RetryEnding.NotHttp);
        return new(with, isAnswer && random.NextDouble() < 0.1 ? random.Next(1, 8) : null);
    }

    private static Backend OurBackend(Sequence sequence, Func<double> random)
    {
        var options = new BackendOptions { Address = new("http://catalog.test/"), Timeout = Deadline };
        options.Recovery.WhenDown = WhenDown.FailFast;
        options.Circuit.MinSamples = 100_000; // Retries only: what circuits differ in has its own test.
        options.Circuit.MinFailures = 99_999;
        return new("catalog", options, sequence.Clock, sequence.InFlight, random, sequence.Metrics, NullLogger.Instance)
        {
            Wire = (_, _) => Task.FromResult(new HttpResponseMessage()),
        };
    }

    private static ResiliencePipeline<HttpResponseMessage> TheirRetries(Sequence sequence) =>
        new ResiliencePipelineBuilder<HttpResponseMessage> { TimeProvider = sequence.Time }.AddRetry(new RetryStrategyOptions<HttpResponseMessage>
        {
            MaxRetryAttempts = 3,
            Delay = TimeSpan.FromMilliseconds(200),
            MaxDelay = TimeSpan.FromSeconds(5),
            BackoffType = DelayBackoffType.Exponential,
            ShouldHandle = args => ValueTask.FromResult(args.Outcome.Exception is HttpRequestException || args.Outcome.Result is { StatusCode: >= HttpStatusCode.TooManyRequests }),
        }).Build();

    private static async Task<List<TimeSpan>> SendAsync(ResiliencePipeline<HttpResponseMessage> pipeline, RetryCall call, Sequence sequence)
    {
        var sent = new List<TimeSpan>();
        using var request = new HttpRequestMessage(call.IsPost ? HttpMethod.Post : HttpMethod.Get, "http://catalog.test/items");
        var context = ResilienceContextPool.Shared.Get(CancellationToken.None);
        context.Properties.Set(BackendStrategyOptions.Request, request);
        var outcome = await pipeline.ExecuteOutcomeAsync(
            async (_, _) =>
            {
                sent.Add(sequence.Time.Elapsed);
                try
                {
                    return global::Polly.Outcome.FromResult(await Answer(call.At(sent.Count - 1)));
                }
                catch (Exception e)
                {
                    return global::Polly.Outcome.FromException<HttpResponseMessage>(e);
                }
            },
            context, 0);
        outcome.Result?.Dispose();
        return sent;
    }

    private static Task<HttpResponseMessage> Answer(RetryCall.Meets meets)
    {
        if (meets.With is RetryEnding.Cut or RetryEnding.Refused or RetryEnding.NotHttp)
        {
            return Task.FromException<HttpResponseMessage>(meets.With switch
            {
                RetryEnding.Cut => Answers.Cut(),
                RetryEnding.Refused => Answers.Refused(),
                _ => new HttpRequestException(HttpRequestError.InvalidResponse),
            });
        }

        var response = new HttpResponseMessage(meets.With switch
        {
            RetryEnding.Ok => HttpStatusCode.OK,
            RetryEnding.Missing => HttpStatusCode.NotFound,
            RetryEnding.TooMany => HttpStatusCode.TooManyRequests,
            _ => HttpStatusCode.ServiceUnavailable,
        });
        if (meets.RetryAfter is { } seconds)
            response.Headers.RetryAfter = new(TimeSpan.FromSeconds(seconds));
        return Task.FromResult(response);
    }

    private static void Same(string what, List<TimeSpan> expected, List<TimeSpan> actual) =>
        Assert.True(AreSame(expected, actual), $"{what}\n{string.Join(' ', expected)}\n{string.Join(' ', actual)}");

    private static bool AreSame(List<TimeSpan> one, List<TimeSpan> other) =>
        one.Count == other.Count && one.Zip(other).All(pair => (pair.First - pair.Second).Duration() < Exact);
}
