using Xunit;

namespace Resilience.Client.Polly.Tests;

/// <summary>Which callbacks run again after an attempt that may have arrived.</summary>
[Collection(VirtualTime.Name)]
public sealed class RunAgainTests
{
    [Theory]
    [InlineData("GET", null, 2)]
    [InlineData("PUT", null, 2)]
    [InlineData("POST", null, 1)]
    [InlineData("POST", "order-1", 2)]
    public async Task Known_request_decides_by_its_method_and_key(string method, string? key, int runs)
    {
        using var bench = new PipelineBench();
        using var request = new HttpRequestMessage(new HttpMethod(method), "http://catalog.test/items");
        if (key is not null)
            request.Headers.Add("Idempotency-Key", key);
        using var response = await bench.Meets(Answers.Status(503)).Run(request);
        Assert.Equal(runs, bench.Runs.Count);
    }

    [Fact]
    public async Task Known_post_that_was_refused_runs_again()
    {
        using var bench = new PipelineBench();
        using var request = new HttpRequestMessage(HttpMethod.Post, "http://catalog.test/items");
        using var response = await bench.Meets(Answers.Fails(Answers.Refused())).Run(request);
        Assert.Equal(2, bench.Runs.Count);
    }

    [Fact]
    public async Task Known_one_shot_body_is_kept_so_that_the_callback_can_send_it_again()
    {
        using var bench = new PipelineBench();
        using var body = new MemoryStream([1, 2, 3]);
        using var request = new HttpRequestMessage(HttpMethod.Put, "http://catalog.test/items") { Content = new StreamContent(new OneShot(body)) };
        request.Content.Headers.ContentLength = 3;
        var sent = new List<byte[]>();
        bench.Then = async attempt =>
        {
            sent.Add(await request.Content.ReadAsByteArrayAsync(attempt));
            return new(sent.Count == 1 ? System.Net.HttpStatusCode.ServiceUnavailable : System.Net.HttpStatusCode.OK);
        };
        using var response = await bench.Run(request);
        Assert.Equal(2, sent.Count);
        Assert.Equal([1, 2, 3], sent[1]);
    }

    [Fact]
    public async Task Known_body_that_cannot_be_kept_is_sent_once()
    {
        using var bench = new PipelineBench(backend => backend.MaxReplayBody = 2);
        using var request = new HttpRequestMessage(HttpMethod.Put, "http://catalog.test/items") { Content = new ByteArrayContent([1, 2, 3]) };
        using var response = await bench.Meets(Answers.Status(503)).Run(request);
        Assert.Single(bench.Runs);
    }

    [Fact]
    public async Task Options_of_a_known_request_count()
    {
        using var bench = new PipelineBench();
        using var request = new HttpRequestMessage(HttpMethod.Get, "http://catalog.test/items");
        request.Options.Set(CallOptions.MaxRetries, 0);
        using var response = await bench.Meets(Answers.Status(503)).Run(request);
        Assert.Single(bench.Runs);
    }

    [Fact]
    public async Task Unknown_request_runs_again()
    {
        using var bench = new PipelineBench();
        using var response = await bench.Meets(Answers.Fails(Answers.Cut()), Answers.Status(503)).Run();
        Assert.True(response.IsSuccessStatusCode);
        Assert.Equal(3, bench.Runs.Count);
    }

    [Theory]
    [InlineData("GET", null, 2)]
    [InlineData("POST", null, 1)]
    [InlineData("POST", "order-1", 2)]
    public async Task Unknown_request_is_known_by_its_response(string method, string? key, int runs)
    {
        using var bench = new PipelineBench();
        using var request = new HttpRequestMessage(new HttpMethod(method), "http://catalog.test/items");
        if (key is not null)
            request.Headers.Add("Idempotency-Key", key);
        bench.Meets(_ => Task.FromResult(new HttpResponseMessage(System.Net.HttpStatusCode.ServiceUnavailable) { RequestMessage = request }));
        using var response = await bench.Run();
        Assert.Equal(runs, bench.Runs.Count);
    }

    [Theory]
    [InlineData(true, 2)]
    [InlineData(false, 1)]
    public async Task Who_knows_better_says_so(bool mayRunAgain, int runs)
    {
        using var bench = new PipelineBench(options: new() { MayRunAgain = _ => mayRunAgain });
        using var request = new HttpRequestMessage(mayRunAgain ? HttpMethod.Post : HttpMethod.Get, "http://catalog.test/items");
        using var response = await bench.Meets(Answers.Status(503)).Run(request);
        Assert.Equal(runs, bench.Runs.Count);
    }

    private sealed class OneShot(Stream inner) : Stream
    {
        public override bool CanRead => true;
        public override bool CanSeek => false;
        public override bool CanWrite => false;
        public override long Length => throw new NotSupportedException();
        public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }
        public override void Flush() => inner.Flush();
        public override int Read(byte[] buffer, int offset, int count) => inner.Read(buffer, offset, count);
        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();
        public override void SetLength(long value) => throw new NotSupportedException();
        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    }
}
