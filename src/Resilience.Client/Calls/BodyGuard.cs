using System.Net;

namespace Resilience.Client;

/// <summary>
/// Bounds the time that a response's body takes once the headers are with the caller: what HttpClient's own timeout, which we switch off,
/// would have done. Buffered by HttpClient, the body is within the call's deadline; read as a stream, it may take as long as it likes
/// but never falls silent for longer than <see cref="BackendOptions.Timeout"/>.
/// </summary>
internal sealed class BodyGuard : HttpContent
{
    private static readonly TimeSpan AtOnce = TimeSpan.FromMilliseconds(500);
    private static readonly Type NoContent = new HttpResponseMessage().Content.GetType();

    private readonly HttpContent _inner;
    private readonly Backend _backend;
    private readonly Settings _settings;
    private readonly TimeSpan _started;
    private readonly TimeSpan _handed;

    private BodyGuard(HttpContent inner, Backend backend, Settings settings, TimeSpan started)
    {
        (_inner, _backend, _settings, _started) = (inner, backend, settings, started);
        _handed = backend.Clock.Now;
        ContentHeaders.Share(inner, this);
    }

    public static void Put(HttpResponseMessage response, Backend backend, Settings settings, TimeSpan started)
    {
        // What is in memory already needs no guard, and an upgraded connection is no body.
        if (response.Content is { } content and not ByteArrayContent and not ReadOnlyMemoryContent && content.GetType() != NoContent
            && response.StatusCode != HttpStatusCode.SwitchingProtocols)
            response.Content = new BodyGuard(content, backend, settings, started);
    }

    protected override bool TryComputeLength(out long length)
    {
        length = _inner.Headers.ContentLength ?? 0;
        return _inner.Headers.ContentLength is not null;
    }

    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) =>
        SerializeToStreamAsync(stream, context, CancellationToken.None);

    protected override void SerializeToStream(Stream stream, TransportContext? context, CancellationToken cancellationToken) =>
        SerializeToStreamAsync(stream, context, cancellationToken).GetAwaiter().GetResult();

    protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context, CancellationToken cancellationToken)
    {
        if (stream.GetType().Assembly != typeof(HttpContent).Assembly)
        {
            // Not the platform's buffer but somebody's file: a stream like any other.
            var body = Guard(await _inner.ReadAsStreamAsync(cancellationToken).ConfigureAwait(false));
            await body.CopyToAsync(stream, cancellationToken).ConfigureAwait(false);
            return;
        }

        var token = _backend.InFlight.Rent(BufferedBy(), cancellationToken);
        try
        {
            await _inner.CopyToAsync(stream, context, token.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException e) when (cancellationToken.IsCancellationRequested)
        {
            throw new OperationCanceledException(e.Message, e, cancellationToken);
        }
        catch (Exception e) when (!cancellationToken.IsCancellationRequested)
        {
            throw Failure(e, token.HasExpired);
        }
        finally
        {
            _backend.InFlight.Return(token);
        }
    }

    /// <summary>
    /// The call's deadline, for HttpClient's buffering, which begins at once. Who asked for the headers only may come for the body
    /// later, and then has as long again.
    /// </summary>
    private TimeSpan BufferedBy()
    {
        var now = _backend.Clock.Now;
        var deadline = _started + _settings.Timeout;
        if (now < deadline)
            return deadline;
        return now - _handed < AtOnce ? now + InFlight.Tick : now + _settings.Timeout;
    }

    protected override Stream CreateContentReadStream(CancellationToken cancellationToken) =>
        Guard(_inner.ReadAsStream(cancellationToken));

    protected override Task<Stream> CreateContentReadStreamAsync() => CreateContentReadStreamAsync(CancellationToken.None);

    protected override async Task<Stream> CreateContentReadStreamAsync(CancellationToken cancellationToken) =>
        Guard(await _inner.ReadAsStreamAsync(cancellationToken).ConfigureAwait(false));

    protected override void Dispose(bool disposing)
    {
        if (disposing)
            _inner.Dispose();
        base.Dispose(disposing);
    }

    // Streams of events are silent for as long as nothing happens; one that can be written to is a conversation.
    private Stream Guard(Stream stream) =>
        stream.CanWrite || _inner.Headers.ContentType?.MediaType is { } type
        && (type.Equals("text/event-stream", StringComparison.OrdinalIgnoreCase) || type.StartsWith("application/grpc", StringComparison.OrdinalIgnoreCase))
            ? stream
            : new GuardedStream(stream, _backend.InFlight, _backend.Clock, _settings.Timeout, Failure);

    private BackendException Failure(Exception error, bool expired)
    {
        var outcome = Classifier.Of(error, expired, cancelled: false);
        var reason = outcome.Kind switch
        {
            FailureKind.AttemptTimeout => BackendFailureReason.DeadlineExceeded,
            FailureKind.TooLarge => BackendFailureReason.ResponseTooLarge,
            FailureKind.InvalidResponse => BackendFailureReason.InvalidResponse,
            _ => BackendFailureReason.ConnectionLost,
        };
        return new(_backend.Name, reason, FailureText.OfBody(_backend, _settings, reason), 1, _backend.Clock.Now - _started, inner: error);
    }
}
