using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Resilience.Client.Tests;

/// <summary>A real host with configuration in memory and nothing else.</summary>
internal static class ConfiguredHost
{
    public const string Address = "Backends:catalog:Address";

    public static HostApplicationBuilder Builder(params (string Key, string? Value)[] settings)
    {
        var builder = Host.CreateApplicationBuilder(new HostApplicationBuilderSettings { DisableDefaults = true });
        return builder.With(settings);
    }

    /// <summary>With an address, which settings may replace.</summary>
    public static HostApplicationBuilder Catalog(params (string Key, string? Value)[] settings)
    {
        var builder = Builder((Address, "http://backend.test:5081")).With(settings);
        builder.Services.AddResilientBackend("catalog");
        return builder;
    }

    public static HostApplicationBuilder With(this HostApplicationBuilder builder, params (string Key, string? Value)[] settings)
    {
        builder.Configuration.AddInMemoryCollection(settings.Select(setting => KeyValuePair.Create(setting.Key, setting.Value)));
        return builder;
    }

    public static ListLogger Log(this HostApplicationBuilder builder)
    {
        var log = new ListLogger();
        builder.Logging.AddProvider(log);
        return log;
    }

    public static async Task<IHost> StartAsync(this HostApplicationBuilder builder)
    {
        var host = builder.Build();
        await host.StartAsync();
        return host;
    }

    /// <summary>Why the host does not start.</summary>
    public static async Task<string> FaultsAsync(this HostApplicationBuilder builder)
    {
        using var host = builder.Build();
        var error = await Xunit.Assert.ThrowsAsync<OptionsValidationException>(() => host.StartAsync());
        return error.Message;
    }

    public static Backend Backend(this IHost host, string name = "catalog") => host.Services.GetRequiredService<BackendRegistry>().Get(name);

    public static HttpClient Client(this IHost host, string name = "catalog") =>
        host.Services.GetRequiredService<IHttpClientFactory>().CreateClient(name);

    /// <summary>Changes settings and reloads, as an edited file would.</summary>
    public static void Reload(this HostApplicationBuilder builder, params (string Key, string? Value)[] settings)
    {
        var configuration = (IConfigurationRoot)builder.Configuration;
        foreach (var (key, value) in settings)
            configuration[key] = value;
        configuration.Reload();
    }
}
