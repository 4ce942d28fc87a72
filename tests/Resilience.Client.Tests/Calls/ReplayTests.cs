using System.Diagnostics;
using System.Net;
using System.Net.Http.Json;
using Xunit;

namespace Resilience.Client.Tests;

[Collection(VirtualTime.Name)]
public sealed class ReplayTests : IDisposable
{
    private static readonly Outcome Refused = new(Verdict.Transient, FailureKind.Refused);
    private static readonly Outcome RefusedStream = new(Verdict.Transient, FailureKind.RefusedStream);
    private static readonly Outcome Lost = new(Verdict.Transient, FailureKind.ConnectionLost);
    private readonly Bench _bench = new();

    public void Dispose() => _bench.Dispose();

    [Theory]
    [InlineData("GET", true)]
    [InlineData("HEAD", true)]
    [InlineData("OPTIONS", true)]
    [InlineData("TRACE", true)]
    [InlineData("PUT", true)]
    [InlineData("DELETE", true)]
    [InlineData("get", true)]
    [InlineData("POST", false)]
    [InlineData("PATCH", false)]
    [InlineData("CONNECT", false)]
    [InlineData("PURGE", false)]
    public void Method_may_arrive_twice_when_it_is_idempotent(string method, bool twice)
    {
        var call = CallOf(new HttpMethod(method));

        Assert.Equal(twice, call.MayArriveTwice);
        Assert.Equal(twice ? null : Withheld.NotSafe, Replay.Forbids(call, Lost));
        Assert.Null(Replay.Forbids(call, Refused));
        Assert.Null(Replay.Forbids(call, RefusedStream));
    }

    [Theory]
    [InlineData(nameof(UnsafeMethods.Never), null, false, false)]
    [InlineData(nameof(UnsafeMethods.WhenUnsent), null, true, false)]
    [InlineData(nameof(UnsafeMethods.Always), null, true, true)]
    [InlineData(nameof(UnsafeMethods.Always), false, false, false)]
    [InlineData(nameof(UnsafeMethods.WhenUnsent), false, false, false)]
    [InlineData(nameof(UnsafeMethods.Never), true, true, true)]
    public void Post_is_sent_again_as_option_and_call_say(string option, bool? ofCall, bool whenUnsent, bool whenLost)
    {
        var settings = TestSettings.Default with { UnsafeMethods = Enum.Parse<UnsafeMethods>(option), SafeToSendAgain = ofCall };
        var call = CallOf(HttpMethod.Post, settings: settings);

        Assert.Equal(whenUnsent ? null : Withheld.NotSafe, Replay.Forbids(call, Refused));
        Assert.Equal(whenLost ? null : Withheld.NotSafe, Replay.Forbids(call, Lost));
    }

    [Theory]
    [InlineData("POST")]
    [InlineData("PATCH")]
    public void Idempotency_key_makes_any_method_safe(string method)
    {
        var call = CallOf(new HttpMethod(method), request => request.Headers.TryAddWithoutValidation("idempotency-key", "7"));

        Assert.Null(Replay.Forbids(call, Lost));
    }

    [Fact]
    public void Get_that_its_call_calls_unsafe_is_not_sent_again()
    {
        var call = CallOf(HttpMethod.Get, settings: TestSettings.Default with { SafeToSendAgain = false });

        Assert.Equal(Withheld.NotSafe, Replay.Forbids(call, Lost));
    }

    [Fact]
    public void Body_that_cannot_be_produced_again_is_sent_again_only_while_untouched()
    {
        var call = CallOf(HttpMethod.Put);
        call.CanReplayBody = false;

        Assert.Equal(Withheld.Body, Replay.Forbids(call, Lost));
        Assert.Equal(Withheld.Body, Replay.Forbids(call, RefusedStream));
        Assert.Null(Replay.Forbids(call, Refused));
    }

    [Theory]
    [InlineData("none", true, true)]
    [InlineData("none", false, true)]
    [InlineData("bytes", false, true)]
    [InlineData("bytes too large", true, false)]
    [InlineData("text", false, true)]
    [InlineData("form", false, true)]
    [InlineData("memory", false, true)]
    [InlineData("json", false, true)]
    [InlineData("stream", true, true)]
    [InlineData("stream", false, false)]
    [InlineData("stream too large", true, false)]
    [InlineData("stream of unknown length", true, false)]
    [InlineData("multipart", true, true)]
    [InlineData("multipart", false, false)]
    [InlineData("multipart too large", true, false)]
    [InlineData("multipart of unknown length", true, false)]
    public async Task Body_can_be_produced_again_by_its_kind_and_size(string kind, bool keep, bool expected)
    {
        using var body = Body(kind);

        Assert.Equal(expected, await Replay.PrepareAsync(body, keep, 100, TestContext.Current.CancellationToken));
        if (!expected || body is null)
            return;
        var first = await Written(body);
        Assert.Equal(first, await Written(body));
        Assert.NotEmpty(first);
    }

    [Fact]
    public void Copy_is_the_request_as_the_caller_made_it()
    {
        using var request = Bench.Post(key: "key-1");
        request.Version = HttpVersion.Version20;
        request.VersionPolicy = HttpVersionPolicy.RequestVersionExact;
        request.Headers.TryAddWithoutValidation("X-Odd", ["a", "b,c", ""]);
        request.Headers.TryAddWithoutValidation("User-Agent", "not (valid");
        request.Options.Set(new HttpRequestOptionsKey<string>("mine"), "yes");
        var call = CallOf(request);

        // What a redirect or a handler below does to the message that is sent.
        (request.Method, request.RequestUri, request.Content) = (HttpMethod.Get, new Uri("http://elsewhere/"), null);
        var copy = Replay.Copy(call, renewsContext: false);

        Assert.Equal(HttpMethod.Post, copy.Method);
        Assert.Equal("http://backend.test:5081/items", copy.RequestUri?.AbsoluteUri);
        Assert.Same(call.Content, copy.Content);
        Assert.Equal((HttpVersion.Version20, HttpVersionPolicy.RequestVersionExact), (copy.Version, copy.VersionPolicy));
        Assert.Equal(["a", "b,c", ""], copy.Headers.NonValidated["X-Odd"]);
        Assert.Equal("not (valid", copy.Headers.NonValidated["User-Agent"].ToString());
        Assert.Equal("key-1", copy.Headers.NonValidated["Idempotency-Key"].ToString());
        Assert.True(copy.Options.TryGetValue(new HttpRequestOptionsKey<string>("mine"), out var mine));
        Assert.Equal("yes", mine);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Copy_leaves_trace_headers_to_the_platform_where_there_is_a_trace(bool traced)
    {
        string[] names = ["traceparent", "TraceState", "baggage", "Request-Id", "Correlation-Context"];
        using var request = Bench.Get();
        foreach (var name in names)
            request.Headers.TryAddWithoutValidation(name, "first attempt");
        using var activity = traced ? new Activity("call").Start() : null;

        var copy = Replay.Copy(CallOf(request), renewsContext: false);

        Assert.All(names, name => Assert.Equal(!traced, copy.Headers.NonValidated.Contains(name)));
    }

    private Call CallOf(HttpMethod method, Action<HttpRequestMessage>? change = null, Settings? settings = null)
    {
        var request = new HttpRequestMessage(method, TestSettings.Address);
        change?.Invoke(request);
        return CallOf(request, settings);
    }

    private Call CallOf(HttpRequestMessage request, Settings? settings = null) =>
        new(_bench.Backend, request, request.Method, request.RequestUri, settings ?? TestSettings.Default, TimeSpan.Zero, CancellationToken.None);

    private static async Task<byte[]> Written(HttpContent content)
    {
        using var stream = new MemoryStream();
        await content.CopyToAsync(stream);
        return stream.ToArray();
    }

    private static HttpContent? Body(string kind) => kind switch
    {
        "none" => null,
        "bytes" => new ByteArrayContent(new byte[100]),
        "bytes too large" => new ByteArrayContent(new byte[101]),
        "text" => new StringContent("text"),
        "form" => new FormUrlEncodedContent([new("a", "b")]),
        "memory" => new ReadOnlyMemoryContent(new byte[7]),
        "json" => JsonContent.Create(new { Name = "x" }),
        "stream" => new StreamContent(new MemoryStream(new byte[100])),
        "stream too large" => new StreamContent(new MemoryStream(new byte[101])),
        "stream of unknown length" => new StreamContent(new OneShotStream(new byte[10])),
        "multipart" => new MultipartContent("mixed", "b") { new StreamContent(new MemoryStream(new byte[5])) },
        "multipart too large" => new MultipartContent("mixed", "b") { new ByteArrayContent(new byte[101]) },
        "multipart of unknown length" => new MultipartContent("mixed", "b") { new StreamContent(new OneShotStream(new byte[5])) },
        _ => throw new ArgumentOutOfRangeException(nameof(kind)),
    };

    private sealed class OneShotStream(byte[] bytes) : MemoryStream(bytes)
    {
        public override bool CanSeek => false;
    }
}
