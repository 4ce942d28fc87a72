using Microsoft.Extensions.DependencyInjection;

namespace Resilience.Health;

/// <summary>
/// Finds checks tagged <see cref="CheckTags.Live"/> that ask another service. One outage of that would have every replica restarted, again and again.
/// </summary>
internal static class LivenessFaults
{
    // By name: they come from packages we do not know. Whatever else carries the tag is taken at its word.
    private static readonly string[] Asking = [
        "Resilience.Client.", "Resilience.Health.Npgsql.", "Npgsql.", "StackExchange.", "MongoDB.", "RabbitMQ.", "Confluent.",
        "Microsoft.Extensions.Diagnostics.HealthChecks.DbContextHealthCheck"];
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5); // A factory that blocks must not hold up the start.
    private static readonly string[] OursInProcess = ["DiskCheck", "MemoryCheck"];

    public static async Task<List<string>> FindAsync(IEnumerable<HealthCheckRegistration> checks, HealthOptions options, IServiceScopeFactory scopes, TimeProvider time)
    {
        var faults = new List<string>();
        foreach (var check in checks.Where(check => check.Tags.Contains(CheckTags.Live, StringComparer.OrdinalIgnoreCase)))
        {
            if (options.Checks.TryGetValue(check.Name, out var own) && own.InProcess)
                continue;
            if (await TypeAsync(check, scopes, time).ConfigureAwait(false) is { } type && IsAsking(type))
            {
                faults.Add($"Check '{check.Name}' carries '{CheckTags.Live}' but asks another service, so that its outage would restart this one: remove the tag, "
                    + $"or say ConfigureCheck(\"{check.Name}\", check => check.InProcess = true) if it does not.");
            }
        }

        return faults;
    }

    private static bool IsAsking(Type type) => type.Assembly == typeof(LivenessFaults).Assembly
        ? !OursInProcess.Contains(type.Name)
        : IsOfCollection(type.Namespace ?? "") || Array.Exists(Asking, name => type.FullName?.StartsWith(name, StringComparison.Ordinal) == true);

    // AspNetCore.HealthChecks.*: HealthChecks.NpgSql, HealthChecks.Redis ...; those of the system ask nobody.
    private static bool IsOfCollection(string space) =>
        space.StartsWith("HealthChecks.", StringComparison.Ordinal) && !$"{space}.".StartsWith("HealthChecks.System.", StringComparison.Ordinal);

    private static async Task<Type?> TypeAsync(HealthCheckRegistration check, IServiceScopeFactory scopes, TimeProvider time)
    {
        try
        {
            return await Task.Run(Create).WaitAsync(Patience, time).ConfigureAwait(false);
        }
        catch (Exception)
        {
            return null; // That it cannot be created, or not soon, shows in its runs.
        }

        async Task<Type> Create()
        {
            var scope = scopes.CreateAsyncScope();
            await using (scope.ConfigureAwait(false))
                return check.Factory(scope.ServiceProvider).GetType();
        }
    }
}
