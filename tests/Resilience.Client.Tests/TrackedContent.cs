using System.Net;
using System.Text;

namespace Resilience.Client.Tests;

/// <summary>A body that comes from the wire, as far as one can tell, and knows whether it was disposed.</summary>
internal sealed class TrackedContent(string text) : HttpContent
{
    private readonly byte[] _bytes = Encoding.UTF8.GetBytes(text);

    public bool IsDisposed { get; private set; }

    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context)
    {
        ObjectDisposedException.ThrowIf(IsDisposed, this);
        return stream.WriteAsync(_bytes).AsTask();
    }

    protected override bool TryComputeLength(out long length)
    {
        length = _bytes.Length;
        return true;
    }

    protected override void Dispose(bool disposing)
    {
        IsDisposed = true;
        base.Dispose(disposing);
    }
}
