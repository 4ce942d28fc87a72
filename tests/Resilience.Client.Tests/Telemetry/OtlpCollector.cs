using System.Buffers.Binary;
using System.Collections.Concurrent;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Resilience.Client.Tests;

/// <summary>A span as it came over OTLP.</summary>
internal sealed record ReceivedSpan(
    string Scope, string Name, string Trace, string Id, string Parent, IReadOnlyDictionary<string, string> Tags, IReadOnlyList<string> Events, IReadOnlyList<string> Links, bool IsError);

/// <summary>A collector on loopback that keeps the spans it receives over HTTP/protobuf.</summary>
internal sealed class OtlpCollector : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly ConcurrentQueue<ReceivedSpan> _spans = new();

    private OtlpCollector()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        _app = builder.Build();
        _app.MapPost("/v1/traces", async (HttpRequest request) =>
        {
            using var body = new MemoryStream();
            await request.Body.CopyToAsync(body);
            Read(body.ToArray());
        });
    }

    public Uri Endpoint => new(_app.Urls.Single() + "/v1/traces");

    public IReadOnlyList<ReceivedSpan> Spans => [.. _spans];

    public static async Task<OtlpCollector> StartAsync()
    {
        var collector = new OtlpCollector();
        await collector._app.StartAsync();
        return collector;
    }

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    // The numbers are those of opentelemetry/proto/trace/v1/trace.proto.
    private void Read(byte[] message)
    {
        foreach (var scoped in All(message, 1).SelectMany(resource => All(resource, 2)))
        {
            var scope = Text(All(scoped, 1).Select(scope => Text(scope, 1)).FirstOrDefault());
            foreach (var span in All(scoped, 2))
            {
                _spans.Enqueue(new(scope, Text(span, 5), Hex(span, 1), Hex(span, 2), Hex(span, 4), Tags(span, 9).ToDictionary(),
                    [.. All(span, 11).Select(happened => string.Join(' ', Tags(happened, 3).Select(tag => $"{tag.Key}={tag.Value}").Order(StringComparer.Ordinal).Prepend(Text(happened, 2))))],
                    [.. All(span, 13).Select(link => $"{Hex(link, 1)} {Hex(link, 2)}")],
                    All(span, 15).Any(status => Fields(status).Any(field => field is { Number: 3, Value: 2 }))));
            }
        }
    }

    private static IEnumerable<KeyValuePair<string, string>> Tags(byte[] message, int number) => All(message, number).Select(tag =>
        KeyValuePair.Create(Text(tag, 1), string.Concat(All(tag, 2).SelectMany(Fields).Select(value => value.Number switch
        {
            1 => Encoding.UTF8.GetString(value.Bytes),
            4 => BitConverter.UInt64BitsToDouble(value.Value).ToString("0.###", System.Globalization.CultureInfo.InvariantCulture),
            _ => value.Value.ToString(System.Globalization.CultureInfo.InvariantCulture),
        }))));

    private static string Text(string? text) => text ?? "";

    private static string Text(byte[] message, int number) => Encoding.UTF8.GetString(All(message, number).FirstOrDefault([]));

    private static string Hex(byte[] message, int number) => Convert.ToHexStringLower(All(message, number).FirstOrDefault([]));

    private static IEnumerable<byte[]> All(byte[] message, int number) => Fields(message).Where(field => field.Number == number).Select(field => field.Bytes);

    private static List<(int Number, ulong Value, byte[] Bytes)> Fields(byte[] message)
    {
        var fields = new List<(int, ulong, byte[])>();
        for (var at = 0; at < message.Length;)
        {
            var tag = Varint(message, ref at);
            var number = (int)(tag >> 3);
            switch (tag & 7)
            {
                case 0:
                    fields.Add((number, Varint(message, ref at), []));
                    break;
                case 1:
                    fields.Add((number, BinaryPrimitives.ReadUInt64LittleEndian(message.AsSpan(at)), []));
                    at += 8;
                    break;
                case 2:
                    var length = (int)Varint(message, ref at);
                    fields.Add((number, 0, message[at..(at + length)]));
                    at += length;
                    break;
                default:
                    at += 4;
                    break;
            }
        }

        return fields;
    }

    private static ulong Varint(byte[] message, ref int at)
    {
        ulong value = 0;
        for (var shift = 0; ; shift += 7)
        {
            var next = message[at++];
            value |= (ulong)(next & 0x7F) << shift;
            if (next < 0x80)
                return value;
        }
    }
}
