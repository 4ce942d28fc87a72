using System.Net;
using System.Net.Http.Headers;
using Xunit;

namespace Resilience.Client.Tests;

/// <summary>Bodies that are copied to a stream of the caller's, and those that are read after the deadline.</summary>
[Collection(VirtualTime.Name)]
public sealed class CopiedBodyTests : IDisposable
{
    private readonly Bench _bench = new(options => options.Timeout = TimeSpan.FromSeconds(4));

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _bench.Dispose();

    [Theory]
    [InlineData("application/octet-stream", 60, 1)]
    [InlineData("text/event-stream", 3, 600)]
    public async Task Body_that_is_copied_may_outlast_the_timeout_while_it_flows(string type, int pieces, int seconds)
    {
        using var response = await Answer(new SlowStream(_bench.Time, TimeSpan.FromSeconds(seconds), pieces, endless: false), type);
        using var file = new MemoryStream();

        await Finish(response.Content.CopyToAsync(file, Token));

        Assert.Equal(pieces, file.Length);
        Assert.InRange(_bench.Time.Elapsed.TotalSeconds, pieces * seconds, pieces * seconds + 0.1);
    }

    [Fact]
    public async Task Body_that_is_copied_and_falls_silent_is_cut()
    {
        using var response = await Answer(new SlowStream(_bench.Time, TimeSpan.FromSeconds(1), 10), "application/octet-stream");
        using var file = new MemoryStream();

        var error = await Assert.ThrowsAsync<BackendException>(() => Finish(response.Content.CopyToAsync(file, Token)));

        Assert.Equal((BackendFailureReason.DeadlineExceeded, 10), (error.Reason, file.Length));
        Assert.InRange(_bench.Time.Elapsed.TotalSeconds, 14, 14.021);
    }

    [Fact]
    public async Task Body_that_comes_with_the_deadline_does_not_get_as_long_again()
    {
        var stream = new SlowStream(_bench.Time, TimeSpan.Zero, 1);
        _bench.Wire.Answer = (_, _) => Task.FromResult(new HttpResponseMessage(HttpStatusCode.ServiceUnavailable) { Content = new StreamContent(stream) });
        _bench.Wire.Probe = _bench.Wire.Unavailable;
        using var response = await _bench.Run();
        Assert.Equal(HttpStatusCode.ServiceUnavailable, response.StatusCode);
        Assert.InRange(_bench.Time.Elapsed.TotalSeconds, 4, 4.021);

        var error = await Assert.ThrowsAsync<BackendException>(() => Finish(response.Content.ReadAsByteArrayAsync(Token)));

        Assert.Equal(BackendFailureReason.DeadlineExceeded, error.Reason);
        Assert.InRange(_bench.Time.Elapsed.TotalSeconds, 4, 4.061);
    }

    private async Task<HttpResponseMessage> Answer(Stream stream, string type)
    {
        var content = new StreamContent(stream);
        content.Headers.ContentType = new MediaTypeHeaderValue(type);
        _bench.Wire.Answer = (_, _) => Task.FromResult(new HttpResponseMessage(HttpStatusCode.OK) { Content = content });
        return await _bench.Run();
    }

    private async Task Finish(Task task)
    {
        _bench.Time.AdvanceUntil(() => task.IsCompleted, TimeSpan.FromHours(4));
        await task;
    }
}
