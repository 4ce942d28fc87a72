namespace Resilience.Client.Tests;

/// <summary>A body that brings a byte at a time; then it hangs, ends or breaks.</summary>
internal sealed class SlowStream(FakeTime time, TimeSpan each, int pieces, bool endless = true, bool breaks = false) : MemoryStream
{
    private int _left = pieces;

    public bool IsDisposed { get; private set; }
    public override bool CanSeek => false;
    public override bool CanWrite => false;

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (_left-- > 0)
        {
            await time.Delay(each, cancellationToken);
            buffer.Span[0] = 1;
            return 1;
        }

        if (breaks)
            throw new HttpIOException(HttpRequestError.ResponseEnded, "cut");
        if (endless)
            await ScriptedWire.Hang(new(), cancellationToken);
        return 0;
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override async Task CopyToAsync(Stream destination, int bufferSize, CancellationToken cancellationToken)
    {
        var buffer = new byte[1];
        while (await ReadAsync(buffer, cancellationToken) > 0)
            await destination.WriteAsync(buffer, cancellationToken);
    }

    protected override void Dispose(bool disposing)
    {
        IsDisposed = true;
        base.Dispose(disposing);
    }
}
