using Xunit;

namespace Resilience.Hosting.Tests;

public sealed class SystemdUnitTests
{
    [Theory]
    [InlineData("0::/system.slice/shop-api.service\n", "shop-api.service", false)]
    [InlineData("0::/system.slice/shop-api.service/own/group\n", "shop-api.service", false)]
    [InlineData("0::/system.slice/system-shop.slice/shop@1.service\n", "shop@1.service", false)]
    [InlineData("12:memory:/elsewhere.service\n1:name=systemd:/system.slice/shop.service\n0::/\n", "shop.service", false)]
    [InlineData("0::/user.slice/user-1000.slice/user@1000.service/app.slice/shop.service\n", "shop.service", true)]
    [InlineData("0::/system.slice/a:b.service\n", "a:b.service", false)]
    [InlineData("0::/system.slice/docker-0f.scope\n", null, false)]
    [InlineData("0::/\n", null, false)]
    [InlineData("nonsense", null, false)]
    [InlineData("", null, false)]
    public void Unit_is_the_innermost_service_of_the_process_cgroup(string cgroups, string? name, bool isOfUser) =>
        Assert.Equal(name is null ? null : new SystemdUnit(name, isOfUser), SystemdUnit.Of(cgroups));
}
