using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;

namespace Resilience.Client.Tests;

/// <summary>A wire in memory: what is sent is written down, what comes back is scripted. Recovery probes have a script of their own.</summary>
internal sealed class ScriptedWire : HttpMessageHandler
{
    public delegate Task<HttpResponseMessage> Script(HttpRequestMessage request, CancellationToken cancellationToken);

    private readonly FakeTime _time;
    private readonly ConcurrentQueue<Sent> _calls = new();
    private readonly ConcurrentQueue<TimeSpan> _probes = new();
    private readonly ConcurrentQueue<TrackedContent> _bodies = new();
    private int _inFlight;
    private int _mostInFlight;

    public ScriptedWire(FakeTime time)
    {
        _time = time;
        Answer = Ok;
        Probe = (request, token) => Answer(request, token);
    }

    public sealed record Sent(HttpRequestMessage Request, HttpMethod Method, Uri? Uri, TimeSpan At);

    public Script Answer { get; set; }

    /// <summary>What probes get: by default the same as calls.</summary>
    public Script Probe { get; set; }

    /// <summary>The calls, without the probes.</summary>
    public IReadOnlyList<Sent> Calls => [.. _calls];

    /// <summary>When probes were sent.</summary>
    public IReadOnlyList<TimeSpan> Probes => [.. _probes];

    public int InFlight => Volatile.Read(ref _inFlight);

    public int MostInFlight
    {
        get => Volatile.Read(ref _mostInFlight);
        set => Volatile.Write(ref _mostInFlight, value);
    }

    /// <summary>The bodies of all responses so far that are not disposed.</summary>
    public int Undisposed => _bodies.Count(body => !body.IsDisposed);

    public Task<HttpResponseMessage> Ok(HttpRequestMessage request, CancellationToken cancellationToken) =>
        Task.FromResult(Response(HttpStatusCode.OK));

    public Task<HttpResponseMessage> Unavailable(HttpRequestMessage request, CancellationToken cancellationToken) =>
        Task.FromResult(Response(HttpStatusCode.ServiceUnavailable));

    public Script Status(int status, string? retryAfter = null, string body = "{}") => (_, _) =>
    {
        var response = Response((HttpStatusCode)status, body);
        if (retryAfter is not null)
            response.Headers.TryAddWithoutValidation("Retry-After", retryAfter);
        return Task.FromResult(response);
    };

    public static Task<HttpResponseMessage> Refuse(HttpRequestMessage request, CancellationToken cancellationToken) =>
        Task.FromException<HttpResponseMessage>(Refused());

    public static HttpRequestException Refused() =>
        new(HttpRequestError.ConnectionError, "refused", new SocketException((int)SocketError.ConnectionRefused));

    public static Task<HttpResponseMessage> Cut(HttpRequestMessage request, CancellationToken cancellationToken) =>
        Task.FromException<HttpResponseMessage>(new HttpRequestException(HttpRequestError.ResponseEnded, "cut", new HttpIOException(HttpRequestError.ResponseEnded)));

    /// <summary>Never answers, until its token fires.</summary>
    public static async Task<HttpResponseMessage> Hang(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        var ended = new TaskCompletionSource<HttpResponseMessage>(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var registration = cancellationToken.UnsafeRegister(_ => ended.TrySetCanceled(cancellationToken), null);
        return await ended.Task;
    }

    /// <summary>Answers after a time.</summary>
    public Script After(TimeSpan time, Script answer) => async (request, token) =>
    {
        await _time.Delay(time, token);
        return await answer(request, token);
    };

    /// <summary>One script after the other, the last one for good.</summary>
    public static Script Sequence(params Script[] scripts)
    {
        var next = -1;
        return (request, token) => scripts[Math.Min(Interlocked.Increment(ref next), scripts.Length - 1)](request, token);
    }

    public HttpResponseMessage Response(HttpStatusCode status, string body = "{}")
    {
        var content = new TrackedContent(body);
        _bodies.Enqueue(content);
        return new(status) { Content = content };
    }

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        if (request.RequestUri?.AbsolutePath.EndsWith("/health/ready", StringComparison.Ordinal) == true)
        {
            _probes.Enqueue(_time.Elapsed);
            return await Probe(request, cancellationToken);
        }

        _calls.Enqueue(new(request, request.Method, request.RequestUri, _time.Elapsed));
        var inFlight = Interlocked.Increment(ref _inFlight);
        for (var most = MostInFlight; inFlight > most; most = MostInFlight)
            Interlocked.CompareExchange(ref _mostInFlight, inFlight, most);
        try
        {
            var response = await Answer(request, cancellationToken);
            response.RequestMessage = request;
            return response;
        }
        finally
        {
            Interlocked.Decrement(ref _inFlight);
        }
    }
}
