using System.Net;

namespace Resilience.Client.Tests;

/// <summary>A body that breaks off before its end.</summary>
internal sealed class CutContent : HttpContent
{
    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) =>
        throw new HttpIOException(HttpRequestError.ResponseEnded);

    protected override bool TryComputeLength(out long length)
    {
        length = 100;
        return true;
    }
}
