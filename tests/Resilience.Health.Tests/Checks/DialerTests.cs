using System.Net;
using System.Net.Sockets;
using Xunit;

namespace Resilience.Health.Tests.Checks;

[Collection(VirtualTime.Name)]
public sealed class DialerTests
{
    private static readonly IPAddress One = IPAddress.Parse("10.0.0.1"), Two = IPAddress.Parse("10.0.0.2"), Three = IPAddress.Parse("10.0.0.3");

    private readonly FakeTime _time = new();
    private readonly Dictionary<IPAddress, TaskCompletionSource<Socket>> _attempts = [];
    private readonly List<IPAddress> _dialed = [];

    [Fact]
    public void Next_address_is_tried_beside_one_that_does_not_answer()
    {
        var dialing = DialAsync();
        Assert.Equal([One], _dialed);
        _time.AdvanceMilliseconds(249);
        Assert.Equal([One], _dialed);
        _time.AdvanceMilliseconds(1);
        Assert.Equal([One, Two], _dialed);
        _time.AdvanceMilliseconds(250);
        Assert.Equal([One, Two, Three], _dialed);
        _time.AdvanceSeconds(100);
        Assert.False(dialing.IsCompleted);
    }

    [Fact]
    public async Task Address_that_fails_gives_way_at_once()
    {
        _ = Fail(One, SocketError.ConnectionRefused);
        var dialing = DialAsync();
        FakeTime.Settle();
        Assert.Equal([One, Two], _dialed);
        Answer(Two, out var socket);
        Assert.Same(socket, await dialing.Within());
        Assert.Equal(0, _time.Timers);
    }

    [Fact]
    public async Task Last_address_that_answers_before_it_is_looked_at_wins_over_a_black_hole()
    {
        Answer(Three, out var socket);
        var dialing = DialAsync();
        _time.AdvanceMilliseconds(500);
        Assert.Same(socket, await dialing.Within());
    }

    [Fact]
    public async Task First_address_may_still_win_and_the_others_are_closed()
    {
        var dialing = DialAsync();
        _time.AdvanceMilliseconds(500);
        Answer(One, out var socket);
        Answer(Two, out var loser);
        Assert.Same(socket, await dialing.Within());
        Assert.Throws<ObjectDisposedException>(() => loser.Poll(0, SelectMode.SelectRead));
    }

    [Fact]
    public async Task Refusal_says_more_than_no_route()
    {
        foreach (var (address, error) in ((IPAddress, SocketError)[])[(One, SocketError.NetworkUnreachable), (Two, SocketError.ConnectionRefused), (Three, SocketError.HostUnreachable)])
            _ = Fail(address, error);
        var failure = await Assert.ThrowsAsync<SocketException>(() => DialAsync().Within());
        Assert.Equal(SocketError.ConnectionRefused, failure.SocketErrorCode);
    }

    [Fact]
    public async Task Deadline_ends_the_race()
    {
        using var deadline = new CancellationTokenSource();
        var dialing = DialAsync(deadline);
        _time.AdvanceMilliseconds(300);
        await deadline.CancelAsync();
        var end = await Assert.ThrowsAnyAsync<OperationCanceledException>(() => dialing.Within());
        Assert.Equal(deadline.Token, end.CancellationToken);
        Assert.Equal((2, 0), (_dialed.Count, _time.Timers));
    }

    private Task<Socket> DialAsync(CancellationTokenSource? deadline = null) => Dialer.RaceAsync(
        [One, Two, Three],
        (address, token) =>
        {
            _dialed.Add(address);
            var attempt = Attempt(address);
            token.Register(() => attempt.TrySetCanceled(token));
            return attempt.Task;
        },
        _time,
        deadline?.Token ?? CancellationToken.None);

    private bool Fail(IPAddress address, SocketError error) => Attempt(address).TrySetException(new SocketException((int)error));

    private void Answer(IPAddress address, out Socket socket)
    {
        socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        Attempt(address).TrySetResult(socket);
    }

    private TaskCompletionSource<Socket> Attempt(IPAddress address)
    {
        if (!_attempts.TryGetValue(address, out var attempt))
            _attempts[address] = attempt = new(TaskCreationOptions.RunContinuationsAsynchronously);
        return attempt;
    }
}
