using System.Diagnostics.Metrics;
using System.Runtime.CompilerServices;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Resilience.Metrics.Prometheus;

/// <summary>The scrapers of one application: mapping needs no registration before the application is built, so they hang on its services.</summary>
internal sealed class Scrapers
{
    private static readonly ConditionalWeakTable<IServiceProvider, Scrapers> OfServices = [];

    private readonly Lock _adding = new();
    private readonly List<(Settings Settings, Scraper Scraper)> _all = [];

    /// <summary>The one with these settings. It is disposed when the application has stopped.</summary>
    public static Scraper Get(IServiceProvider services, Settings settings, ILogger log) => OfServices.GetValue(services, _ => new()).GetOrAdd(services, settings, log);

    private Scraper GetOrAdd(IServiceProvider services, Settings settings, ILogger log)
    {
        lock (_adding)
        {
            if (_all.Find(one => one.Settings == settings).Scraper is { } known)
                return known;
            // Asked of a meter: a factory that wraps another makes meters of the inner one's scope.
            var scope = services.GetService<IMeterFactory>()?.Create("Resilience.Metrics.Prometheus").Scope;
            var scraper = new Scraper(settings, scope, log, services.GetService<TimeProvider>() ?? TimeProvider.System);
            _all.Add((settings, scraper));
            services.GetService<IHostApplicationLifetime>()?.ApplicationStopped.Register(scraper.Dispose);
            return scraper;
        }
    }
}
