using System.Net;
using System.Net.Http.Headers;
using Xunit;

namespace Resilience.Client.Tests;

[Collection(VirtualTime.Name)]
public sealed class BodyGuardTests : IDisposable
{
    private readonly Bench _bench = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _bench.Dispose();

    [Fact]
    public async Task Stream_that_falls_silent_is_cut()
    {
        var response = await Answer(new SlowStream(_bench.Time, TimeSpan.FromSeconds(20), pieces: 3));
        var stream = await response.Content.ReadAsStreamAsync(Token);
        var buffer = new byte[10];

        // Steady, if slow: 60 s in all are twice the call's timeout.
        for (var piece = 0; piece < 3; piece++)
            Assert.Equal(1, await Finish(stream.ReadAsync(buffer, Token).AsTask()));
        var silent = _bench.Time.Elapsed;
        var error = await Assert.ThrowsAsync<BackendException>(() => Finish(stream.ReadAsync(buffer, Token).AsTask()));

        Assert.Equal(BackendFailureReason.DeadlineExceeded, error.Reason);
        Assert.InRange((_bench.Time.Elapsed - silent).TotalSeconds, 30, 30.021);
        Assert.Contains("Backends:catalog:Timeout (30 s)", error.Message, StringComparison.Ordinal);
        Assert.Equal(0, _bench.InFlight.Count);
    }

    [Theory]
    [InlineData("text/event-stream")]
    [InlineData("Text/Event-Stream; charset=utf-8")]
    [InlineData("application/grpc")]
    [InlineData("application/grpc-web+proto")]
    public async Task Stream_of_events_may_be_silent_as_long_as_it_likes(string type)
    {
        var response = await Answer(new SlowStream(_bench.Time, TimeSpan.FromHours(3), pieces: 1), type);
        var stream = await response.Content.ReadAsStreamAsync(Token);

        Assert.Equal(1, await Finish(stream.ReadAsync(new byte[10], Token).AsTask()));
        Assert.Equal(3, _bench.Time.Elapsed.TotalHours, 3);
    }

    [Fact]
    public async Task Body_that_is_buffered_ends_at_the_calls_deadline()
    {
        var response = await Answer(new SlowStream(_bench.Time, TimeSpan.FromSeconds(8), pieces: 100));

        var error = await Assert.ThrowsAsync<BackendException>(() => Finish(response.Content.ReadAsByteArrayAsync(Token)));

        Assert.Equal(BackendFailureReason.DeadlineExceeded, error.Reason);
        Assert.InRange(_bench.Time.Elapsed.TotalSeconds, 30, 30.021);
    }

    [Fact]
    public async Task Body_that_is_buffered_in_time_is_whole()
    {
        var response = await Answer(new SlowStream(_bench.Time, TimeSpan.FromSeconds(8), pieces: 3, endless: false));

        Assert.Equal([1, 1, 1], await Finish(response.Content.ReadAsByteArrayAsync(Token)));
    }

    [Fact]
    public async Task Reader_that_cancels_gets_its_own_cancellation()
    {
        using var source = new CancellationTokenSource();
        var response = await Answer(new SlowStream(_bench.Time, TimeSpan.FromSeconds(20), pieces: 0));
        var other = await Answer(new SlowStream(_bench.Time, TimeSpan.FromSeconds(20), pieces: 0));
        var stream = await response.Content.ReadAsStreamAsync(source.Token);
        var read = stream.ReadAsync(new byte[1], source.Token).AsTask();
        var buffered = other.Content.ReadAsByteArrayAsync(source.Token);
        _bench.Time.AdvanceSeconds(1);
        Assert.False(read.IsCompleted || buffered.IsCompleted);

        await source.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Finish(read));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Finish(buffered));
        Assert.Equal(0, _bench.InFlight.Count);
    }

    [Fact]
    public async Task Body_that_breaks_off_says_so()
    {
        var response = await Answer(new SlowStream(_bench.Time, TimeSpan.FromSeconds(1), pieces: 1, breaks: true));

        var error = await Assert.ThrowsAsync<BackendException>(() => Finish(response.Content.ReadAsByteArrayAsync(Token)));

        Assert.Equal(BackendFailureReason.ConnectionLost, error.Reason);
        Assert.IsType<HttpIOException>(error.InnerException is HttpRequestException http ? http.InnerException : error.InnerException);
    }

    [Fact]
    public async Task Guard_shows_headers_and_length_and_disposes_with_its_response()
    {
        var inner = new SlowStream(_bench.Time, TimeSpan.Zero, pieces: 3, endless: false);
        var response = await Answer(inner, "text/plain; charset=utf-8", content =>
        {
            content.Headers.ContentLength = 3;
            content.Headers.ContentLanguage.Add("en");
            content.Headers.ContentLanguage.Add("de");
        });

        Assert.Equal(3, response.Content.Headers.ContentLength);
        Assert.Equal("text/plain; charset=utf-8", response.Content.Headers.ContentType?.ToString());
        Assert.Equal(["en", "de"], response.Content.Headers.ContentLanguage);
        Assert.Equal("\u0001\u0001\u0001", await Finish(response.Content.ReadAsStringAsync(Token)));
        response.Dispose();
        Assert.True(inner.IsDisposed);
    }

    [Fact]
    public async Task Stream_that_is_disposed_disposes_what_it_guards()
    {
        var inner = new SlowStream(_bench.Time, TimeSpan.Zero, pieces: 3);
        var response = await Answer(inner);
        await (await response.Content.ReadAsStreamAsync(Token)).DisposeAsync();

        Assert.True(inner.IsDisposed);
    }

    private async Task<T> Finish<T>(Task<T> task)
    {
        _bench.Time.AdvanceUntil(() => task.IsCompleted, TimeSpan.FromHours(4));
        return await task;
    }

    private Task<HttpResponseMessage> Answer(Stream stream, string? type = null, Action<HttpContent>? change = null)
    {
        var content = new StreamContent(stream);
        if (type is not null)
            content.Headers.ContentType = MediaTypeHeaderValue.Parse(type);
        change?.Invoke(content);
        _bench.Wire.Answer = (_, _) => Task.FromResult(new HttpResponseMessage(HttpStatusCode.OK) { Content = content });
        return _bench.Run();
    }
}
