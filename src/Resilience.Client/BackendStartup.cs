using Microsoft.Extensions.Hosting;

namespace Resilience.Client;

/// <summary>
/// When the host starts, other handlers that retry as well are told of, and backends that the start waits for are asked from then on. When it
/// is about to stop, waiting calls end, so that they do not hold it up.
/// </summary>
internal sealed class BackendStartup(
    BackendRegistry backends, Registrations registered, IHttpMessageHandlerFactory handlers, ILoggerFactory loggers) : IHostedLifecycleService
{
    // By name: they come from packages we do not know.
    private static readonly string[] Retrying = ["ResilienceHandler", "PolicyHttpMessageHandler", "Polly", "Kevlar", "Retry"];

    public Task StartingAsync(CancellationToken cancellationToken)
    {
        var logger = loggers.CreateLogger("Resilience.Client");
        foreach (var name in registered.Names)
        {
            for (var handler = handlers.CreateHandler(name) as DelegatingHandler; handler is not null; handler = handler.InnerHandler as DelegatingHandler)
            {
                var type = handler.GetType();
                if (handler is not BackendHandler && Array.Exists(Retrying, word => type.FullName?.Contains(word, StringComparison.Ordinal) == true))
                    new BackendLog(name, logger).AnotherRetries(type.Name);
            }

            backends.Get(name).Recovery.BeginStartup();
        }

        return Task.CompletedTask;
    }

    public Task StoppingAsync(CancellationToken cancellationToken)
    {
        backends.StopWaiting();
        return Task.CompletedTask;
    }

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
