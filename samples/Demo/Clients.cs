using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net.Http.Json;
using Resilience.Client;

namespace Demo;

internal sealed record NewRound(string Player, string Move);

internal sealed record Round(long Id);

internal sealed record Standing(string Player, int Played);

/// <summary>Calls the Api as the library would have it. Every 4th call posts a round.</summary>
internal sealed class ResilientGame(BackendClient backend)
{
    public const string Player = "resilient";

    public static bool IsPost(int number) => number % 4 == 3;

    public Task CallAsync(int number, CancellationToken cancellationToken) => IsPost(number)
        ? backend.PostAsync<NewRound, Round>("rounds", new(Player, "rock"), idempotencyKey: $"{Player}-{number}", cancellationToken: cancellationToken)
        : backend.GetAsync<Standing[]>("leaderboard", cancellationToken: cancellationToken);
}

/// <summary>The same calls, as they are made without it.</summary>
internal sealed class PlainGame(HttpClient http)
{
    private const string Player = "plain";

    public async Task CallAsync(int number, CancellationToken cancellationToken)
    {
        if (!ResilientGame.IsPost(number))
        {
            await http.GetFromJsonAsync<Standing[]>("leaderboard", cancellationToken);
            return;
        }

        using var request = new HttpRequestMessage(HttpMethod.Post, "rounds") { Content = JsonContent.Create(new NewRound(Player, "rock")) };
        request.Headers.Add("Idempotency-Key", $"{Player}-{number}");
        using var response = await http.SendAsync(request, cancellationToken);
        response.EnsureSuccessStatusCode();
        await response.Content.ReadFromJsonAsync<Round>(cancellationToken);
    }

    public async Task<int> RoundsOfAsync(string player, CancellationToken cancellationToken) =>
        (await http.GetFromJsonAsync<Standing[]>("leaderboard", cancellationToken))?.FirstOrDefault(standing => standing.Player == player)?.Played ?? 0;
}

/// <summary>A person who opens a page of Web, and has time.</summary>
internal sealed class Visitor(HttpClient http)
{
    private const int LongestSentence = 80;

    public async Task<string> OpenPageAsync(CancellationToken cancellationToken)
    {
        var opened = Stopwatch.GetTimestamp();
        try
        {
            using var response = await http.GetAsync("leaderboard", cancellationToken);
            var page = await response.Content.ReadAsStringAsync(cancellationToken);
            var seen = response.IsSuccessStatusCode && page.Contains("</table>", StringComparison.Ordinal) ? "the leaderboard" : $"an error ({(int)response.StatusCode})";
            return $"saw {seen} after {Stopwatch.GetElapsedTime(opened).TotalSeconds:0.0} s";
        }
        catch (Exception e) when (e is HttpRequestException || !cancellationToken.IsCancellationRequested)
        {
            return $"saw no page: {e.Message}";
        }
    }

    /// <summary>20 visitors a second, until interrupted. What they see is Prometheus' to count.</summary>
    public async Task KeepComingAsync(CancellationToken interrupted)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromSeconds(1) / 20);
        while (await timer.WaitForNextTickAsync(interrupted))
            _ = OpenPageAsync(interrupted);
    }

    /// <summary>Looks once, and says what there is to see.</summary>
    public async Task<string> LookAsync(CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "leaderboard") { Headers = { Accept = { new("text/html") } } };
        using var response = await http.SendAsync(request, cancellationToken);
        var text = (await response.Content.ReadAsStringAsync(cancellationToken)).Trim();
        var after = response.Headers.RetryAfter is { } seconds ? $", Retry-After: {seconds}" : "";
        return $"{(int)response.StatusCode}{after}, {(text.Length > LongestSentence ? "a page" : $"\"{text}\"")}";
    }
}

/// <summary>Every request of the resilient client that went on the wire, and when.</summary>
internal sealed class Attempts(Stopwatch clock)
{
    private readonly ConcurrentQueue<(TimeSpan At, bool IsProbe)> _sent = new();

    public int Calls => _sent.Count(sent => !sent.IsProbe);

    public void Add(bool isProbe) => _sent.Enqueue((clock.Elapsed, isProbe));

    public int Count(bool probes, TimeSpan from, TimeSpan to) => _sent.Count(sent => sent.IsProbe == probes && sent.At >= from && sent.At < to);
}

/// <summary>Added to the backend's builder, a handler sees each attempt and each recovery probe.</summary>
internal sealed class AttemptCounter(Attempts attempts) : DelegatingHandler
{
    protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        attempts.Add(isProbe: request.RequestUri?.AbsolutePath == Script.HealthPath);
        return base.SendAsync(request, cancellationToken);
    }
}
