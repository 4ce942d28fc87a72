using System.Buffers.Binary;
using System.Collections.Concurrent;
using System.Text;

namespace Resilience.Client.Tests.Wire;

/// <summary>What an HTTP/2 backend does with a request: on which stream.</summary>
internal delegate Task Http2Answer(Http2Peer peer, int stream);

/// <summary>As much of HTTP/2 (RFC 9113) as it takes to answer, refuse and go away; headers are not decoded.</summary>
internal sealed class Http2Peer(Peer peer)
{
    private const byte Data = 0, Headers = 1, ResetStream = 3, Settings = 4, Ping = 6, GoAwayType = 7;
    private const byte EndStream = 1, Acknowledge = 1, EndHeaders = 4;
    private const int RefusedStream = 7;

    public static Http2Answer Ok { get; } = (peer, stream) => peer.AnswerAsync(stream);

    public static Http2Answer Refuse { get; } = (peer, stream) => peer.WriteAsync(ResetStream, 0, stream, Number(RefusedStream));

    /// <summary>Goes away, having seen streams up to this one, and closes.</summary>
    public static Http2Answer GoAway { get; } = async (peer, stream) =>
    {
        await peer.WriteAsync(GoAwayType, 0, 0, [.. Number(stream), .. Number(0)]);
        peer.Close();
    };

    /// <summary>Goes away, having processed none of the streams.</summary>
    public static Http2Answer GoAwayUnprocessed { get; } = async (peer, _) =>
    {
        await peer.WriteAsync(GoAwayType, 0, 0, [.. Number(0), .. Number(0)]);
        peer.Close();
    };

    /// <summary>A script for any number of connections: each request gets the next of the answers, the last one for ever.</summary>
    /// <param name="answers">What requests get, over all connections.</param>
    /// <param name="bodies">Receives the body of each.</param>
    public static Step Speak(ConcurrentQueue<Http2Answer> answers, ConcurrentQueue<string> bodies) => peer => new Http2Peer(peer).RunAsync(answers, bodies);

    private async Task RunAsync(ConcurrentQueue<Http2Answer> answers, ConcurrentQueue<string> bodies)
    {
        await peer.ReadExactlyAsync("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".Length);
        await WriteAsync(Settings, 0, 0, []);
        var body = new Dictionary<int, string>();
        while (true)
        {
            var head = await peer.ReadExactlyAsync(9);
            var payload = await peer.ReadExactlyAsync(head[0] << 16 | head[1] << 8 | head[2]);
            var (type, flags, stream) = (head[3], head[4], BinaryPrimitives.ReadInt32BigEndian(head.AsSpan(5)));
            if (type == Settings && flags != Acknowledge)
                await WriteAsync(Settings, Acknowledge, 0, []);
            if (type == Ping && flags != Acknowledge)
                await WriteAsync(Ping, Acknowledge, 0, payload);
            if (type == Data)
                body[stream] = body.GetValueOrDefault(stream) + Encoding.UTF8.GetString(payload);
            if (type is not (Data or Headers) || (flags & EndStream) == 0)
                continue;
            bodies.Enqueue(body.GetValueOrDefault(stream, ""));
            if (!answers.TryDequeue(out var answer))
                throw new InvalidOperationException($"No answer for the request on stream {stream}.");
            await answer(this, stream);
        }
    }

    private async Task AnswerAsync(int stream)
    {
        await WriteAsync(Headers, EndHeaders, stream, [0x88]); // :status 200, from HPACK's static table.
        await WriteAsync(Data, EndStream, stream, "ok"u8.ToArray());
    }

    private void Close() => peer.Close();

    private Task WriteAsync(byte type, byte flags, int stream, byte[] payload) => peer.SendAsync(
        [(byte)(payload.Length >> 16), (byte)(payload.Length >> 8), (byte)payload.Length, type, flags, .. Number(stream), .. payload]);

    private static byte[] Number(int value)
    {
        var bytes = new byte[4];
        BinaryPrimitives.WriteInt32BigEndian(bytes, value);
        return bytes;
    }
}
