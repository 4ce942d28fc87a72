// Over 120 lines because all verbs stand on one page, as their users see them; what they register is said elsewhere.
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Hosting;
using Resilience.Health;

namespace Microsoft.Extensions.DependencyInjection;

public static partial class ResilienceHealthExtensions
{
    /// <summary>
    /// Checks that a port takes connections, with a connection of its own each time; all addresses of the name are tried. Adding the same check again changes nothing.
    /// </summary>
    /// <param name="builder">The health checks' builder.</param>
    /// <param name="name">The check's name.</param>
    /// <param name="host">A name or an address.</param>
    /// <param name="port">1 to 65535.</param>
    /// <param name="failureStatus">The status of a failure. Default unhealthy.</param>
    /// <param name="tags">Tags of the check: see <see cref="CheckTags"/>.</param>
    /// <returns>The builder.</returns>
    /// <exception cref="ArgumentException">The host is no name or address, or the port is out of its bounds.</exception>
    public static IHealthChecksBuilder AddTcpCheck(
        this IHealthChecksBuilder builder, string name, string host, int port, HealthStatus? failureStatus = null, IEnumerable<string>? tags = null)
    {
        ArgumentNullException.ThrowIfNull(host);
        return CheckBuilding.Add(
            builder, name, new TcpCheckSettings(host, port), TcpCheckSettings.Faults(host, port), failureStatus, tags,
            (settings, provider) => new TcpCheck(settings, CheckBuilding.Time(provider)));
    }

    /// <inheritdoc cref="AddTcpCheck(IHealthChecksBuilder, string, string, int, HealthStatus?, IEnumerable{string}?)" path="/*[not(self::param or self::exception)]"/>
    /// <param name="builder">The health checks' builder.</param>
    /// <param name="name">The check's name.</param>
    /// <param name="address"><c>host:port</c> or <c>tcp://host:port</c>, with brackets round an IPv6 address.</param>
    /// <param name="failureStatus">The status of a failure. Default unhealthy.</param>
    /// <param name="tags">Tags of the check: see <see cref="CheckTags"/>.</param>
    /// <exception cref="ArgumentException">The address is not one.</exception>
    public static IHealthChecksBuilder AddTcpCheck(
        this IHealthChecksBuilder builder, string name, string address, HealthStatus? failureStatus = null, IEnumerable<string>? tags = null)
    {
        ArgumentNullException.ThrowIfNull(address);
        var rest = address.StartsWith("tcp://", StringComparison.OrdinalIgnoreCase) ? address[6..].TrimEnd('/') : address;
        return HostNames.TrySplit(rest, out var host, out var port) && port is { } number
            ? AddTcpCheck(builder, name, host, number, failureStatus, tags)
            : throw new ArgumentException($"Check '{name}' cannot be added. The address must be host:port or tcp://host:port, with a port from 1 to 65535.", nameof(address));
    }

    /// <summary>
    /// Checks that a server answers as expected, with a connection of its own each time. Follows no redirect, keeps no cookie, and has nothing to do with the application's HTTP clients.
    /// Adding the same check again changes nothing.
    /// </summary>
    /// <param name="builder">The health checks' builder.</param>
    /// <param name="name">The check's name.</param>
    /// <param name="address">An absolute http or https URI without user info. It is not shown beyond host and port.</param>
    /// <param name="configure">What is asked and expected. Default: GET, and a status from 200 to 299.</param>
    /// <param name="failureStatus">The status of a failure. Default unhealthy.</param>
    /// <param name="tags">Tags of the check: see <see cref="CheckTags"/>.</param>
    /// <returns>The builder.</returns>
    /// <exception cref="ArgumentException">The address or an option cannot be used; all faults are in the message.</exception>
    public static IHealthChecksBuilder AddHttpCheck(
        this IHealthChecksBuilder builder, string name, string address, Action<HttpCheckOptions>? configure = null, HealthStatus? failureStatus = null,
        IEnumerable<string>? tags = null) =>
        AddHttpCheck(builder, name, Uri.TryCreate(address, UriKind.Absolute, out var uri) ? uri : HttpCheckSettings.NoAddress, configure, failureStatus, tags);

    /// <inheritdoc cref="AddHttpCheck(IHealthChecksBuilder, string, string, Action{HttpCheckOptions}?, HealthStatus?, IEnumerable{string}?)"/>
    public static IHealthChecksBuilder AddHttpCheck(
        this IHealthChecksBuilder builder, string name, Uri address, Action<HttpCheckOptions>? configure = null, HealthStatus? failureStatus = null,
        IEnumerable<string>? tags = null)
    {
        ArgumentNullException.ThrowIfNull(address);
        var options = new HttpCheckOptions();
        configure?.Invoke(options);
        return CheckBuilding.Add(
            builder, name, new HttpCheckSettings(address, options), HttpCheckSettings.Faults(address, options), failureStatus, tags,
            (settings, provider) => new HttpCheck(settings, CheckBuilding.Time(provider)));
    }

    /// <summary>Checks that a name resolves. Adding the same check again changes nothing.</summary>
    /// <param name="builder">The health checks' builder.</param>
    /// <param name="name">The check's name.</param>
    /// <param name="host">The name to resolve.</param>
    /// <param name="configure">What is expected. Default: at least one address.</param>
    /// <param name="failureStatus">The status of a failure. Default unhealthy.</param>
    /// <param name="tags">Tags of the check: see <see cref="CheckTags"/>.</param>
    /// <returns>The builder.</returns>
    /// <exception cref="ArgumentException">The host is no name, or an option is out of its bounds.</exception>
    public static IHealthChecksBuilder AddDnsCheck(
        this IHealthChecksBuilder builder, string name, string host, Action<DnsCheckOptions>? configure = null, HealthStatus? failureStatus = null,
        IEnumerable<string>? tags = null)
    {
        ArgumentNullException.ThrowIfNull(host);
        var options = new DnsCheckOptions();
        configure?.Invoke(options);
        return CheckBuilding.Add(
            builder, name, new DnsCheckSettings(host, options.MinAddresses), DnsCheckSettings.Faults(host, options), failureStatus, tags,
            (settings, _) => new DnsCheck(settings));
    }

    /// <summary>
    /// Checks that Redis answers <c>PING</c>, over a connection of its own each time and without a client library: AUTH, TLS and databases are understood. Adding the same check again
    /// changes nothing.
    /// </summary>
    /// <param name="builder">The health checks' builder.</param>
    /// <param name="name">The check's name.</param>
    /// <param name="connectionString">
    /// <c>host:port,password=…</c> as StackExchange.Redis writes it, or <c>redis://user:password@host:port/0</c>, <c>rediss://…</c> for TLS. Of several servers one that is well is enough. Default:
    /// <c>ConnectionStrings:&lt;name&gt;</c> of the configuration, read once; missing or faulty, it stops the host at start. It is never shown beyond hosts and ports.
    /// </param>
    /// <param name="configure">What is wanted beyond an answer.</param>
    /// <param name="failureStatus">The status of a failure. Default unhealthy.</param>
    /// <param name="tags">Tags of the check: see <see cref="CheckTags"/>.</param>
    /// <returns>The builder.</returns>
    /// <exception cref="ArgumentException">The connection string that was given cannot be used; all faults are in the message.</exception>
    public static IHealthChecksBuilder AddRedisCheck(
        this IHealthChecksBuilder builder, string name, string? connectionString = null, Action<RedisCheckOptions>? configure = null,
        HealthStatus? failureStatus = null, IEnumerable<string>? tags = null)
    {
        var options = new RedisCheckOptions();
        configure?.Invoke(options);
        var faults = new List<string>();
        var target = connectionString is null ? null : RedisConnectionString.Parse(connectionString, faults);
        return CheckBuilding.Add(
            builder, name, new RedisCheckSettings(target, options.RequireWritable, new(options.RemoteCertificateValidationCallback, options.ClientCertificates)),
            faults, failureStatus, tags,
            (settings, provider) => new RedisCheck(
                settings.Target ?? Configured(provider).Target ?? throw new InvalidOperationException(Configured(provider).Fault), settings, CheckBuilding.Time(provider)),
            findFault: target is null ? provider => Configured(provider).Fault : null);

        (RedisTarget? Target, string? Fault) Configured(IServiceProvider provider) =>
            RedisConnectionString.Configured(name, provider.GetService<IConfiguration>());
    }

    /// <summary>Checks that a disk has space left. Adding the same check again changes nothing.</summary>
    /// <param name="builder">The health checks' builder.</param>
    /// <param name="name">The check's name.</param>
    /// <param name="configure">Which disk, and how much space. Default: the content root's, 10 MiB, and degraded above 90 %.</param>
    /// <param name="failureStatus">The status of a failure. Default unhealthy.</param>
    /// <param name="tags">Tags of the check: see <see cref="CheckTags"/>.</param>
    /// <returns>The builder.</returns>
    /// <exception cref="ArgumentException">An option is out of its bounds.</exception>
    public static IHealthChecksBuilder AddDiskCheck(
        this IHealthChecksBuilder builder, string name, Action<DiskCheckOptions>? configure = null, HealthStatus? failureStatus = null,
        IEnumerable<string>? tags = null)
    {
        var options = new DiskCheckOptions();
        configure?.Invoke(options);
        return CheckBuilding.Add(
            builder, name, new DiskCheckSettings(options.Path, options.MinFreeBytes, options.MaxUsedRatio), DiskCheckSettings.Faults(options), failureStatus, tags,
            (settings, provider) => new DiskCheck(settings, provider.GetService<IHostEnvironment>()?.ContentRootPath ?? AppContext.BaseDirectory));
    }

    /// <summary>
    /// Checks that the memory this process may use, its container's or else the machine's, is not used up. It may carry <see cref="CheckTags.Live"/>. Adding the same check again changes nothing.
    /// </summary>
    /// <param name="builder">The health checks' builder.</param>
    /// <param name="name">The check's name.</param>
    /// <param name="configure">How much may be used. Default: degraded above 80 %, failed above 95 %.</param>
    /// <param name="failureStatus">The status of a failure. Default unhealthy.</param>
    /// <param name="tags">Tags of the check: see <see cref="CheckTags"/>.</param>
    /// <returns>The builder.</returns>
    /// <exception cref="ArgumentException">An option is out of its bounds.</exception>
    public static IHealthChecksBuilder AddMemoryCheck(
        this IHealthChecksBuilder builder, string name, Action<MemoryCheckOptions>? configure = null, HealthStatus? failureStatus = null,
        IEnumerable<string>? tags = null)
    {
        var options = new MemoryCheckOptions();
        configure?.Invoke(options);
        return CheckBuilding.Add(
            builder, name, new MemoryCheckSettings(options.DegradedRatio, options.MaxRatio), MemoryCheckSettings.Faults(options), failureStatus, tags,
            (settings, _) => new MemoryCheck(settings, ContainerMemory.Read));
    }
}
