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

    /// <exception cref="InvalidOperationException">Its connection string cannot be used.</exception>
    public NpgsqlDataSource? TryFind(IServiceProvider provider)
    {
        try
        {
            return DataSource is not null
                ? DataSource(provider)
                : ServiceKey is null ? provider.GetService<NpgsqlDataSource>() : provider.GetKeyedService<NpgsqlDataSource>(ServiceKey);
        }
        catch (ArgumentException e) when (e.Message.StartsWith("Couldn't set ", StringComparison.Ordinal))
        {
            // The driver names the key, which is a half of the password where a semicolon has cut it in two.
            throw new InvalidOperationException(
                $"AddPostgresCheck(\"{Name}\"): the connection string of its data source cannot be used: it has a key that Npgsql does not know, or a value that it cannot read. "
                + "Put values with a semicolon in quotes.");
        }
    }
}
