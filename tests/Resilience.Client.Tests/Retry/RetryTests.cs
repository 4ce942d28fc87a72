using System.Net;
using System.Security.Authentication;
using Xunit;

namespace Resilience.Client.Tests;

[Collection(VirtualTime.Name)]
public sealed class RetryTests : IDisposable
{
    private readonly Bench _bench = new(options =>
    {
        options.Retry.BaseDelay = TimeSpan.FromSeconds(1);
        options.Retry.Jitter = Jitter.None;
        options.Circuit.MinSamples = 100;
        options.Circuit.MinFailures = 99;
    });

    // It says that it is well: what fails is for retries to mend.
    public RetryTests() => Wire.Probe = Wire.Ok;

    private ScriptedWire Wire => _bench.Wire;

    public void Dispose() => _bench.Dispose();

    [Fact]
    public async Task Transient_answers_are_followed_by_further_attempts()
    {
        Wire.Answer = ScriptedWire.Sequence(Wire.Status(503), Wire.Status(502), Wire.Status(504), Wire.Ok);

        using var response = await _bench.Run();

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        AssertSentAt(0, 1, 3, 7);
        Assert.Equal(1, Wire.Undisposed);
    }

    [Fact]
    public async Task Last_answer_comes_back_as_it_came_when_attempts_run_out()
    {
        var answers = new List<HttpResponseMessage>();
        Wire.Answer = async (request, token) =>
        {
            answers.Add(await Wire.Status(503, body: $"answer {answers.Count + 1}")(request, token));
            return answers[^1];
        };

        using var response = await _bench.Run();

        AssertSentAt(0, 1, 3, 7);
        Assert.Same(answers[3], response);
        Assert.Equal("answer 4", await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
        Assert.Equal(1, Wire.Undisposed);
    }

    [Fact]
    public async Task Connection_that_is_lost_each_time_is_told_with_its_attempts()
    {
        Wire.Answer = ScriptedWire.Sequence(Wire.Unavailable, ScriptedWire.Cut);

        var error = await _bench.Fails();

        Assert.Equal((BackendFailureReason.ConnectionLost, 4, HttpStatusCode.ServiceUnavailable), (error.Reason, error.Attempts, error.LastStatus));
        Assert.Equal(HttpRequestError.ResponseEnded, error.HttpRequestError);
        Assert.Equal(7, error.Elapsed.TotalSeconds, 3);
        Assert.Contains("'catalog'", error.Message, StringComparison.Ordinal);
        Assert.Contains("4 attempts", error.Message, StringComparison.Ordinal);
        Assert.Contains("Retry:MaxRetries (3)", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("3", 3)]
    [InlineData("0", 1)]
    [InlineData("garbage", 1)]
    [InlineData("-7", 1)]
    public async Task Retry_after_that_fits_is_the_least_delay(string retryAfter, double seconds)
    {
        Wire.Answer = ScriptedWire.Sequence(Wire.Status(503, retryAfter), Wire.Ok);

        using var response = await _bench.Run();

        Assert.True(response.IsSuccessStatusCode);
        AssertSentAt(0, seconds);
    }

    [Fact]
    public async Task Retry_after_as_a_date_is_counted_from_now()
    {
        Wire.Answer = ScriptedWire.Sequence(Wire.Status(503, _bench.Time.GetUtcNow().AddSeconds(5).ToString("R")), Wire.Ok);

        using var response = await _bench.Run();

        Assert.InRange(Wire.Calls[1].At.TotalSeconds, 4, 5); // A date has whole seconds.
    }

    [Theory]
    [InlineData("30")]
    [InlineData("31")]
    [InlineData("99999999999999999999")]
    [InlineData("Fri, 31 Dec 9999 23:59:59 GMT")]
    public async Task Retry_after_that_does_not_fit_brings_the_answer_back_at_once(string retryAfter)
    {
        HttpResponseMessage? sent = null;
        Wire.Answer = async (request, token) => sent = await Wire.Status(503, retryAfter)(request, token);

        var call = _bench.Call();

        Assert.True(call.IsCompletedSuccessfully);
        Assert.Same(sent, await call);
        Assert.Single(Wire.Calls);
        Assert.Empty(Wire.Probes); // It has said when: nobody asks again.
        Assert.Equal("{}", await sent!.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
        Assert.Equal(3, _bench.State.BudgetLeft);
        Assert.Equal(BackendState.Up, _bench.State.State);
    }

    [Fact]
    public async Task Answer_comes_back_as_it_came_when_the_budget_is_spent()
    {
        using var bench = new Bench(options => (options.Budget.Floor, options.Budget.Ratio) = (0, 0));
        bench.Wire.Probe = bench.Wire.Ok;
        HttpResponseMessage? sent = null;
        bench.Wire.Answer = async (request, token) => sent = await bench.Wire.Unavailable(request, token);

        var call = bench.Call();

        Assert.True(call.IsCompletedSuccessfully);
        Assert.Same(sent, await call);
        Assert.Single(bench.Wire.Calls);
        Assert.Equal("{}", await sent!.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
        Assert.Equal(0, bench.InFlight.Count);
    }

    [Fact]
    public async Task Budget_bounds_what_all_calls_together_send_again()
    {
        Wire.Answer = Wire.Unavailable;
        var calls = Enumerable.Range(0, 50).Select(_ => _bench.Call()).ToList();
        foreach (var call in calls)
            (await _bench.Finish(call)).Dispose();

        Assert.InRange(Wire.Calls.Count, 55, 50 + 3 + 10);
        Assert.Equal(0, Wire.Undisposed);
        Assert.Equal(BackendState.Up, _bench.State.State);
    }

    [Fact]
    public async Task Answer_429_is_retried_and_says_nothing_about_health()
    {
        Wire.Answer = Wire.Status(429);
        for (var call = 0; call < 150; call++)
        {
            (await _bench.Run()).Dispose();
            _bench.Time.AdvanceMilliseconds(50);
        }

        Assert.True(Wire.Calls.Count > 150);
        Assert.Equal((BackendState.Up, 0.0), (_bench.State.State, _bench.State.ErrorRate));
    }

    [Fact]
    public async Task Post_that_may_have_arrived_is_sent_once()
    {
        Wire.Answer = Wire.Unavailable;
        using var response = await _bench.Run(Bench.Post());
        Assert.Equal(HttpStatusCode.ServiceUnavailable, response.StatusCode);

        Wire.Answer = ScriptedWire.Cut;
        var error = await _bench.Fails(Bench.Post());

        Assert.Equal((BackendFailureReason.ConnectionLost, 1), (error.Reason, error.Attempts));
        Assert.Contains("Idempotency-Key", error.Message, StringComparison.Ordinal);
        Assert.Equal(2, Wire.Calls.Count);
    }

    [Fact]
    public async Task Post_with_a_key_is_sent_again_as_it_was()
    {
        var bodies = new List<(string Key, byte[] Body)>();
        Wire.Answer = async (request, token) =>
        {
            bodies.Add((request.Headers.GetValues("Idempotency-Key").Single(), await request.Content!.ReadAsByteArrayAsync(token)));
            return await (bodies.Count == 1 ? ScriptedWire.Cut(request, token) : Wire.Ok(request, token));
        };

        using var response = await _bench.Run(Bench.Post(key: "k"));

        Assert.True(response.IsSuccessStatusCode);
        Assert.Equal(2, bodies.Count);
        Assert.All(bodies, sent => Assert.Equal("k", sent.Key));
        Assert.All(bodies, sent => Assert.Equal([1, 2, 3], sent.Body));
    }

    [Fact]
    public async Task Post_that_was_refused_is_sent_when_the_backend_is_back()
    {
        Wire.Answer = ScriptedWire.Sequence(ScriptedWire.Refuse, Wire.Ok);

        using var response = await _bench.Run(Bench.Post());

        Assert.True(response.IsSuccessStatusCode);
        Assert.Equal(2, Wire.Calls.Count);
    }

    [Theory]
    [InlineData(400)]
    [InlineData(404)]
    [InlineData(500)]
    [InlineData(501)]
    public async Task Status_that_is_not_listed_is_an_answer(int status)
    {
        Wire.Answer = Wire.Status(status);

        using var response = await _bench.Run();

        Assert.Equal(status, (int)response.StatusCode);
        Assert.Single(Wire.Calls);
        Assert.Equal(0, _bench.State.ErrorRate);
    }

    [Fact]
    public async Task Certificate_that_is_not_trusted_fails_at_once()
    {
        Wire.Answer = (_, _) => Task.FromException<HttpResponseMessage>(
            new HttpRequestException(HttpRequestError.SecureConnectionError, "x", new AuthenticationException("secret")));

        var error = await _bench.Fails();

        Assert.Equal((BackendFailureReason.SecureConnection, 1), (error.Reason, error.Attempts));
        Assert.DoesNotContain("secret", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Exception_of_another_handler_passes_as_it_is(bool synchronously)
    {
        var thrown = new InvalidOperationException("a handler's own");
        Wire.Answer = (_, _) => synchronously ? throw thrown : Task.FromException<HttpResponseMessage>(thrown);

        Assert.Same(thrown, await _bench.FailsAtOnce<InvalidOperationException>());
        Assert.Same(thrown, await _bench.FailsAtOnce<InvalidOperationException>(Bench.Post()));
        Assert.Equal(0, _bench.InFlight.Count);
        Assert.Equal(BackendState.Up, _bench.State.State);
    }

    [Fact]
    public async Task Delay_ends_early_when_the_backend_went_and_came_back()
    {
        Wire.Answer = ScriptedWire.Sequence(Wire.Status(503, "20"), ScriptedWire.Refuse, Wire.Ok);
        var first = _bench.Call();
        _bench.Time.AdvanceSeconds(2);
        var second = _bench.Call();
        using var response = await _bench.Finish(first);
        using var other = await _bench.Finish(second);

        Assert.True(response.IsSuccessStatusCode && other.IsSuccessStatusCode);
        Assert.InRange(_bench.Time.Elapsed.TotalSeconds, 2, 2.1);
    }

    [Fact]
    public async Task Retries_of_a_call_can_be_switched_off()
    {
        Wire.Answer = Wire.Unavailable;
        var request = Bench.Get();
        request.Options.Set(CallOptions.MaxRetries, 0);

        using var response = await _bench.Run(request);

        Assert.Single(Wire.Calls);
    }

    [Fact]
    public async Task Body_cut_within_the_attempt_is_fetched_again()
    {
        Wire.Answer = ScriptedWire.Sequence(
            (_, _) => Task.FromResult(new HttpResponseMessage { Content = new CutContent() }),
            Wire.Status(200, body: "whole"));
        var request = Bench.Get();
        request.Options.Set(CallOptions.ReadBody, true);

        using var response = await _bench.Run(request);

        Assert.Equal("whole", await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
        AssertSentAt(0, 1);
    }

    [Fact]
    public async Task Body_larger_than_allowed_fails_the_call()
    {
        using var bench = new Bench(options => options.MaxResponseBody = 4);
        bench.Wire.Answer = bench.Wire.Status(200, body: "12345");
        var request = Bench.Get();
        request.Options.Set(CallOptions.ReadBody, true);

        var error = await bench.Fails(request);

        Assert.Equal((BackendFailureReason.ResponseTooLarge, 1), (error.Reason, error.Attempts));
        Assert.Contains("MaxResponseBody (4 bytes)", error.Message, StringComparison.Ordinal);
        Assert.Equal(0, bench.Wire.Undisposed);
        Assert.Equal(0, bench.InFlight.Count);
    }

    private void AssertSentAt(params double[] seconds) =>
        Assert.Equal(seconds, Wire.Calls.Select(call => Math.Round(call.At.TotalSeconds, 3)));
}
