using Xunit;

namespace Resilience.Hosting.Tests;

public sealed class UnitRestartsTests : IDisposable
{
    private readonly ListLogger _log = new();

    public void Dispose() => _log.Dispose();

    [Fact]
    public async Task Asking_begins_with_the_first_who_wants_to_know_and_holds_up_nobody()
    {
        var (asked, answer) = (0, new TaskCompletionSource<long>());
        var restarts = new UnitRestarts(() =>
        {
            Interlocked.Increment(ref asked);
            return answer.Task;
        }, new(_log));
        Assert.Equal(0, asked);
        Assert.Null(restarts.Count);
        Assert.Null(restarts.Count);

        answer.SetResult(2);
        await Eventually.IsTrueAsync(() => restarts.Count is not null, "an answer");
        Assert.Equal(2, restarts.Count);
        Assert.Equal(1, asked);
    }

    [Fact]
    public async Task Failure_is_a_line_for_who_looks_for_it_and_no_number()
    {
        var asked = 0;
        var restarts = new UnitRestarts(() =>
        {
            Interlocked.Increment(ref asked);
            throw new InvalidOperationException("no bus");
        }, new(_log));
        Assert.Null(restarts.Count);
        await Eventually.IsTrueAsync(() => _log.Lines.Count > 0, "a line");
        Assert.Null(restarts.Count);
        Assert.Equal(["Debug: How often systemd has restarted this unit cannot be told. no bus"], _log.Lines);
        Assert.Equal(1, asked);
    }
}
