using System.Net;
using System.Net.Sockets;

namespace Resilience.Health;

/// <summary>
/// Connects to a name, trying all its addresses in the order in which the system gives them. One that does not answer within 250 ms has the next one tried
/// beside it (RFC 8305's Connection Attempt Delay), so that a black hole does not eat the deadline; the first to answer wins and the others are closed.
/// </summary>
internal static class Dialer
{
    private static readonly TimeSpan HeadStart = TimeSpan.FromMilliseconds(250);

    /// <exception cref="SocketException">No address took the connection.</exception>
    public static async Task<Socket> ConnectAsync(string host, int port, TimeProvider time, CancellationToken cancellationToken)
    {
        var addresses = await ResolveAsync(host, cancellationToken).ConfigureAwait(false);
        return await RaceAsync(addresses, (address, token) => ConnectAsync(address, port, token), time, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>At least one address, or an exception.</summary>
    public static async Task<IPAddress[]> ResolveAsync(string host, CancellationToken cancellationToken)
    {
        if (IPAddress.TryParse(host, out var literal))
            return [literal];
        // A lookup that has begun does not hear the token on Linux; it ends by itself, unheard.
        var lookup = Dns.GetHostAddressesAsync(host, cancellationToken);
        _ = lookup.ContinueWith(static ended => _ = ended.Exception, CancellationToken.None, TaskContinuationOptions.OnlyOnFaulted, TaskScheduler.Default);
        var addresses = await lookup.WaitAsync(cancellationToken).ConfigureAwait(false);
        return addresses.Length > 0 ? addresses : throw new SocketException((int)SocketError.NoData);
    }

    internal static async Task<Socket> RaceAsync(
        IPAddress[] addresses, Func<IPAddress, CancellationToken, Task<Socket>> connect, TimeProvider time, CancellationToken cancellationToken)
    {
        using var race = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var attempts = new List<Task<Socket>>(addresses.Length);
        Task<Socket>? winner = null;
        try
        {
            while (winner is null && (attempts.Count < addresses.Length || attempts.Exists(attempt => !attempt.IsCompleted)))
            {
                if (attempts.Count < addresses.Length)
                    attempts.Add(connect(addresses[attempts.Count], race.Token));
                await AnyAsync(attempts, isLast: attempts.Count == addresses.Length, time, race.Token).ConfigureAwait(false);
                cancellationToken.ThrowIfCancellationRequested();
                winner = attempts.Find(attempt => attempt.IsCompletedSuccessfully);
            }
        }
        finally
        {
            await race.CancelAsync().ConfigureAwait(false);
            foreach (var loser in attempts.Where(attempt => attempt != winner))
                await CloseAsync(loser).ConfigureAwait(false);
        }

        return await (winner ?? MostTelling(attempts)).ConfigureAwait(false);
    }

    private static async Task<Socket> ConnectAsync(IPAddress address, int port, CancellationToken cancellationToken)
    {
        var socket = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(address, port, cancellationToken).ConfigureAwait(false);
            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    // Ends when an attempt under way does, or when the next is due: after the head start, or at once if the newest has failed. One that succeeds before
    // it is looked at is not under way any more, and must not be waited past.
    private static async Task AnyAsync(List<Task<Socket>> attempts, bool isLast, TimeProvider time, CancellationToken cancellationToken)
    {
        var open = attempts.Where(attempt => !attempt.IsCompleted).ToList<Task>();
        if (open.Count == 0 || attempts.Exists(attempt => attempt.IsCompletedSuccessfully) || attempts[^1].IsCompleted && !isLast)
            return;
        using var over = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        open.Add(Task.Delay(isLast ? Timeout.InfiniteTimeSpan : HeadStart, time, over.Token));
        await Task.WhenAny(open).ConfigureAwait(false);
        await over.CancelAsync().ConfigureAwait(false);
    }

    private static async Task CloseAsync(Task<Socket> loser)
    {
        await ((Task)loser).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (loser.IsCompletedSuccessfully)
            (await loser.ConfigureAwait(false)).Dispose();
    }

    // Somebody who refuses is nearer than no route, which is often just IPv6 that this machine has not.
    private static Task<Socket> MostTelling(List<Task<Socket>> failed) =>
        failed.Find(attempt => attempt.Exception?.InnerException is SocketException { SocketErrorCode: SocketError.ConnectionRefused }) ?? failed[0];
}
