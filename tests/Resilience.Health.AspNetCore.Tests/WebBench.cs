using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Logging;

namespace Resilience.Health.AspNetCore.Tests;

/// <summary>A real web application on Kestrel, as a user writes one, and a client that takes answers as they come.</summary>
internal sealed class WebBench : IAsyncDisposable
{
    private readonly SocketsHttpHandler _handler = new() { AllowAutoRedirect = false, UseProxy = false, UseCookies = false };
    private WebApplication? _app;

    public WebBench(string environment = "Production", params (string Key, string? Value)[] settings) : this(environment, settings, services => services.AddHealthEndpoints())
    {
    }

    private WebBench(string environment, (string Key, string? Value)[] settings, Action<IServiceCollection> add)
    {
        Port = Ports.Free();
        Builder = WebApplication.CreateBuilder(new WebApplicationOptions { EnvironmentName = environment });
        Builder.WebHost.UseUrls(Url);
        Builder.Configuration.AddInMemoryCollection(settings.Select(setting => KeyValuePair.Create(setting.Key, setting.Value)));
        Builder.Logging.ClearProviders().AddProvider(Log).SetMinimumLevel(LogLevel.Debug);
        add(Builder.Services);
        Client = new(_handler) { BaseAddress = new(Url) };
    }

    public int Port { get; }

    public string Url => $"http://127.0.0.1:{Port}";

    public ListLogger Log { get; } = new();

    public WebApplicationBuilder Builder { get; }

    public HttpClient Client { get; }

    public IHealthChecksBuilder Checks => Builder.Services.AddHealthChecks();

    public WebApplication App => _app ??= Builder.Build();

    public IHealthEvaluator Evaluator => App.Services.GetRequiredService<IHealthEvaluator>();

    /// <summary>An application that registers no more than the evaluator.</summary>
    public static WebBench WithoutFront(string environment = "Production", params (string Key, string? Value)[] settings) => new(environment, settings, services => services.AddHealthEvaluator());

    /// <summary>An application that refuses while it starts. It does so until what <see cref="Hold"/> returns is disposed of.</summary>
    public static WebBench Refusing(bool hasFront = true, params (string Key, string? Value)[] settings)
    {
        settings = [("Health:RefuseWhileStarting", "true"), .. settings];
        return hasFront ? new("Production", settings) : WithoutFront("Production", settings);
    }

    /// <summary>A check that answers as told, at once, and counts its runs.</summary>
    public CountedCheck Add(string name, HealthStatus failureStatus = HealthStatus.Unhealthy, params string[] tags)
    {
        var check = new CountedCheck();
        Checks.Add(new HealthCheckRegistration(name, _ => check, failureStatus, tags));
        return check;
    }

    /// <summary>Starts what was mapped, and waits until every check has run.</summary>
    public async Task<WebBench> StartAsync()
    {
        await App.StartAsync();
        await Eventually.IsTrueAsync(() => Evaluator.Current.Checks.All(check => check.CheckedAt is not null), "every check has run");
        return this;
    }

    /// <summary>Keeps it starting, as a startup gate does. To be called before its start.</summary>
    public StartHold Hold() => Evaluator.HoldStart();

    public async Task<(HttpStatusCode Status, string Body)> GetAsync(string path, params (string Name, string Value)[] headers)
    {
        using var response = await SendAsync(HttpMethod.Get, path, headers);
        return (response.StatusCode, await response.Content.ReadAsStringAsync());
    }

    public async Task<HttpResponseMessage> SendAsync(HttpMethod method, string path, params (string Name, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(method, path);
        foreach (var (name, value) in headers)
            request.Headers.TryAddWithoutValidation(name, value);
        return await Client.SendAsync(request).Within();
    }

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        _handler.Dispose();
        if (_app is not null)
            await _app.DisposeAsync();
    }
}

internal sealed class CountedCheck : IHealthCheck
{
    private int _runs;

    public HealthCheckResult Result { get; set; } = HealthCheckResult.Healthy();

    public int Runs => _runs;

    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        Interlocked.Increment(ref _runs);
        return Task.FromResult(Result);
    }
}
