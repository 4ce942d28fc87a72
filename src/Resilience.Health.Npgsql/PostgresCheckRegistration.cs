using Microsoft.Extensions.DependencyInjection;
using Npgsql;

namespace Resilience.Health.Npgsql;

/// <summary>That a check was added, and where its data source is.</summary>
internal sealed record PostgresCheckRegistration(string Name, object? ServiceKey, Func<IServiceProvider, NpgsqlDataSource>? DataSource, bool RequireWritable)
{
    public const string Fix = "register the application's own with services.AddSingleton(NpgsqlDataSource.Create(connectionString)), or AddNpgsqlDataSource.";

    /// <exception cref="InvalidOperationException">There is none.</exception>
    public NpgsqlDataSource Find(IServiceProvider provider) => TryFind(provider) ?? throw new InvalidOperationException(Missing);

    public string Missing => DataSource is not null
        ? $"AddPostgresCheck(\"{Name}\"): its delegate returns no NpgsqlDataSource; {Fix}"
        : ServiceKey is null
            ? $"AddPostgresCheck(\"{Name}\") finds no NpgsqlDataSource: {Fix}"
            : $"AddPostgresCheck(\"{Name}\") finds no NpgsqlDataSource with the key '{ServiceKey}': register the application's own with services.AddKeyedSingleton, or AddNpgsqlDataSource and its serviceKey.";

    public NpgsqlDataSource? TryFind(IServiceProvider provider) => DataSource is not null
        ? DataSource(provider)
        : ServiceKey is null ? provider.GetService<NpgsqlDataSource>() : provider.GetKeyedService<NpgsqlDataSource>(ServiceKey);
}
