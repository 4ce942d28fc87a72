using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using Npgsql;
using Xunit;

namespace Resilience.Health.Npgsql.Tests;

public sealed class RegistrationTests
{
    private const string Nowhere = "Host=127.0.0.1;Port=1;Username=app;Password=" + PostgresServer.Password;

    [Fact]
    public async Task Check_without_data_source_stops_the_host_and_says_the_fix()
    {
        var fault = await StartAsync(services => services.AddHealthChecks().AddPostgresCheck("orders-db"));

        Assert.Contains("AddPostgresCheck(\"orders-db\")", fault?.Message, StringComparison.Ordinal);
        Assert.Contains("services.AddSingleton(NpgsqlDataSource.Create(connectionString))", fault?.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task All_checks_without_data_source_are_named_at_once()
    {
        var fault = await StartAsync(services => services
            .AddSingleton(NpgsqlDataSource.Create(Nowhere))
            .AddHealthChecks().AddPostgresCheck("main").AddPostgresCheck("stock", "stock").AddPostgresCheck("prices", _ => null!)); // What a careless delegate returns.

        Assert.DoesNotContain("main", fault?.Message, StringComparison.Ordinal);
        Assert.Contains("with the key 'stock'", fault?.Message, StringComparison.Ordinal);
        Assert.Contains("AddPostgresCheck(\"prices\")", fault?.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Host_starts_while_the_server_is_away()
    {
        var fault = await StartAsync(services => services
            .AddSingleton(NpgsqlDataSource.Create(Nowhere))
            .AddKeyedSingleton("stock", NpgsqlDataSource.Create(Nowhere))
            .AddHealthChecks().AddPostgresCheck("main").AddPostgresCheck("stock", "stock").AddPostgresCheck("same", provider => provider.GetRequiredService<NpgsqlDataSource>()));

        Assert.Null(fault);
    }

    [Fact]
    public void Same_registration_twice_counts_once()
    {
        var services = new ServiceCollection().AddSingleton(NpgsqlDataSource.Create(Nowhere));
        for (var i = 0; i < 2; i++)
            services.AddHealthChecks().AddPostgresCheck("main", tags: ["startup"]);

        var registration = Assert.Single(services.BuildServiceProvider().GetRequiredService<IOptions<HealthCheckServiceOptions>>().Value.Registrations);
        Assert.Equal(("main", HealthStatus.Unhealthy), (registration.Name, registration.FailureStatus));
        Assert.Equal(["startup"], registration.Tags);
        Assert.Single(services, service => service.ServiceType == typeof(IHostedService) && service.ImplementationType?.Assembly == typeof(PostgresCheck).Assembly);
    }

    [Fact]
    public void Connection_string_instead_of_a_key_is_refused_and_not_repeated()
    {
        var fault = Assert.Throws<ArgumentException>(() => new ServiceCollection().AddHealthChecks().AddPostgresCheck("main", Nowhere));
        Assert.DoesNotContain(PostgresServer.Password, fault.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Connection_string_with_a_semicolon_in_its_password_stops_the_host_and_is_not_repeated()
    {
        var fault = await StartAsync(services => services
            .AddSingleton(_ => NpgsqlDataSource.Create($"{Nowhere};Password=first;s3c0nd=half")) // Where quotes are missing, a half of the password is a key.
            .AddHealthChecks().AddPostgresCheck("main"));

        Assert.Contains("AddPostgresCheck(\"main\"): the connection string of its data source cannot be used", fault?.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("s3c0nd", fault?.ToString(), StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public async Task Keys_and_delegates_choose_the_data_source()
    {
        var services = new ServiceCollection().AddLogging()
            .AddKeyedSingleton("stock", NpgsqlDataSource.Create($"{Nowhere};Host=127.0.0.2"))
            .AddSingleton(NpgsqlDataSource.Create($"{Nowhere};Host=127.0.0.3"));
        services.AddHealthChecks()
            .AddPostgresCheck("stock", "stock", failureStatus: HealthStatus.Degraded)
            .AddPostgresCheck("main", provider => provider.GetRequiredService<NpgsqlDataSource>());

        var report = await services.BuildServiceProvider().GetRequiredService<HealthCheckService>().CheckHealthAsync(TestContext.Current.CancellationToken);

        Assert.Equal((HealthStatus.Degraded, "127.0.0.2:1 refused the connection."), (report.Entries["stock"].Status, report.Entries["stock"].Description));
        Assert.Equal((HealthStatus.Unhealthy, "127.0.0.3:1 refused the connection."), (report.Entries["main"].Status, report.Entries["main"].Description));
    }

    private static async Task<Exception?> StartAsync(Action<IServiceCollection> configure)
    {
        var builder = Host.CreateEmptyApplicationBuilder(null);
        configure(builder.Services);
        using var host = builder.Build();
        return await Record.ExceptionAsync(() => host.StartAsync(TestContext.Current.CancellationToken));
    }
}
