using Microsoft.Extensions.Diagnostics.HealthChecks;
using Npgsql;
using Resilience.Health.Npgsql;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>The door of Resilience.Health.Npgsql.</summary>
public static class PostgresCheckExtensions
{
    /// <summary>
    /// Adds a check of PostgreSQL that borrows a connection from the application's own <see cref="NpgsqlDataSource"/>: it opens no pool, and fails as the application's next query would.
    /// Healthy says <c>connected</c>, with <c>version</c>, <c>inRecovery</c>, <c>connections</c> and <c>maxConnections</c> in its data, if the role may know them;
    /// a failure has its code in <c>error</c>. The same registration twice counts once.
    /// All checks of a data source together hold one connection at most: while a question is unanswered that nobody waits for any more, runs end as <c>timeout</c> and borrow none.
    /// Such a question ends after the application's own <c>Command Timeout</c>, at most 30 s, and its connection is closed.
    /// </summary>
    /// <param name="builder">The health checks' builder.</param>
    /// <param name="name">The check's name.</param>
    /// <param name="serviceKey">The key under which the data source is registered; null for the one without. A missing data source stops the host at start.</param>
    /// <param name="requireWritable">Whether a server that takes no writes, a replica say, is a failure: <c>read_only</c>.</param>
    /// <param name="failureStatus">The status of a failure. Default <see cref="HealthStatus.Unhealthy"/>.</param>
    /// <param name="tags">Tags of the check.</param>
    /// <returns>The builder.</returns>
    /// <exception cref="ArgumentException"><paramref name="name"/> is empty, or <paramref name="serviceKey"/> is a connection string: register its data source instead.</exception>
    public static IHealthChecksBuilder AddPostgresCheck(
        this IHealthChecksBuilder builder, string name, object? serviceKey = null, bool requireWritable = false, HealthStatus? failureStatus = null, IEnumerable<string>? tags = null)
    {
        // Other packages take one there. It holds a password, so it is not repeated.
        if (serviceKey is string text && text.Contains('=', StringComparison.Ordinal))
            throw new ArgumentException($"AddPostgresCheck(\"{name}\") takes a service key, not a connection string: {PostgresCheckRegistration.Fix}", nameof(serviceKey));
        return Add(builder, new(name, serviceKey, null, requireWritable), failureStatus, tags);
    }

    /// <summary>The same, for a data source that is not a service by itself.</summary>
    /// <param name="builder">The health checks' builder.</param>
    /// <param name="name">The check's name.</param>
    /// <param name="dataSource">Finds the application's data source, at every run. It must not make one.</param>
    /// <param name="requireWritable">Whether a server that takes no writes, a replica say, is a failure: <c>read_only</c>.</param>
    /// <param name="failureStatus">The status of a failure. Default <see cref="HealthStatus.Unhealthy"/>.</param>
    /// <param name="tags">Tags of the check.</param>
    /// <returns>The builder.</returns>
    /// <exception cref="ArgumentException"><paramref name="name"/> is empty.</exception>
    public static IHealthChecksBuilder AddPostgresCheck(
        this IHealthChecksBuilder builder, string name, Func<IServiceProvider, NpgsqlDataSource> dataSource, bool requireWritable = false, HealthStatus? failureStatus = null, IEnumerable<string>? tags = null)
    {
        ArgumentNullException.ThrowIfNull(dataSource);
        return Add(builder, new(name, null, dataSource, requireWritable), failureStatus, tags);
    }

    private static IHealthChecksBuilder Add(IHealthChecksBuilder builder, PostgresCheckRegistration registration, HealthStatus? failureStatus, IEnumerable<string>? tags)
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentException.ThrowIfNullOrWhiteSpace(registration.Name, "name");
        if (builder.Services.Any(service => registration.Equals(service.ImplementationInstance)))
            return builder;
        builder.Services.AddSingleton(registration);
        builder.Services.AddHostedService<PostgresStartup>();
        return builder.Add(new HealthCheckRegistration(
            registration.Name, provider => new PostgresCheck(registration.Find(provider), registration.RequireWritable), failureStatus, tags));
    }
}
