using Xunit;

namespace Resilience.Hosting.Tests;

public sealed class SystemdEnvironmentTests
{
    [Theory]
    [InlineData("60000000", "", 60.0)]
    [InlineData("60000000", "42", 60.0)]
    [InlineData("60000000", "43", null)]
    [InlineData("2500000", "", 2.5)]
    [InlineData("0", "", null)]
    [InlineData("-5", "", null)]
    [InlineData("abc", "", null)]
    [InlineData("", "", null)]
    [InlineData("99999999999999999999", "", null)]
    [InlineData("9223372036854775807", "", null)]
    public void Watchdog_period_is_read_where_it_is_about_this_process(string microseconds, string processId, double? seconds)
    {
        var environment = Of(("NOTIFY_SOCKET", "/run/systemd/notify"), ("WATCHDOG_USEC", microseconds), ("WATCHDOG_PID", processId));
        Assert.Equal(seconds, environment.WatchdogPeriod?.TotalSeconds);
        Assert.Equal("/run/systemd/notify", environment.Socket);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    public void Without_a_socket_there_is_neither_notification_nor_watchdog(string? socket) =>
        Assert.Equal(new SystemdEnvironment(null, null), Of(("NOTIFY_SOCKET", socket), ("WATCHDOG_USEC", "60000000"), ("INVOCATION_ID", "0f")));

    [Theory]
    [InlineData("0f", true)]
    [InlineData("", false)]
    [InlineData(null, false)]
    public void Unit_shows_by_the_identity_of_its_start(string? invocation, bool isUnit) =>
        Assert.Equal(isUnit, Of(("NOTIFY_SOCKET", "/run/systemd/notify"), ("INVOCATION_ID", invocation)).IsUnit);

    private static SystemdEnvironment Of(params (string Name, string? Value)[] variables) =>
        SystemdEnvironment.Of(name => variables.FirstOrDefault(variable => variable.Name == name).Value, processId: 42);
}
