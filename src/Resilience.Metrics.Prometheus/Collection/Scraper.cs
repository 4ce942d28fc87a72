using System.IO.Compression;
using Microsoft.Extensions.Logging;
using OpenTelemetry.Metrics;

namespace Resilience.Metrics.Prometheus;

/// <summary>
/// Collects for all who ask, one round at a time: who comes during a round shares the next. No request's thread collects, and nobody's connection is waited for meanwhile. Safe for use by many threads.
/// </summary>
internal sealed partial class Scraper : IDisposable
{
    private static readonly TimeSpan CallbackPatience = TimeSpan.FromSeconds(2); // A scrape's time limit is 10 s unless told otherwise.

    private readonly Lock _changing = new();
    private readonly ExpositionWriter _writer;
    private readonly Aggregation _recorded;
    private readonly Observation _observed;
    private readonly List<Metric> _metrics = [];
    private readonly bool _hasTarget;
    private Families _families = Families.None;
    private Round? _running, _next;

    public Scraper(Settings settings, object? scope, ILogger log, TimeProvider clock)
    {
        _writer = new(settings.Target, family => SeriesAreHidden(log, family));
        _hasTarget = settings.Target.Length > 0;
        _recorded = new(settings, scope, instrument => !instrument.IsObservable);
        _observed = new(settings, scope, CallbackPatience, log, clock);
        _observed.Begin();
    }

    /// <summary>The round that is to come, joined: whoever calls this has to leave it.</summary>
    public Round Join(Format format)
    {
        lock (_changing)
        {
            var round = _next ??= new();
            round.Join(format);
            if (_running is null)
                BeginNext();
            return round;
        }
    }

    public void Dispose()
    {
        _recorded.Dispose();
        _observed.Dispose();
    }

    private void BeginNext()
    {
        (_running, _next) = (_next, null);
        if (_running is { } round)
            _ = Task.Run(() => Run(round));
    }

    private void Run(Round round)
    {
        try
        {
            Collect();
            Write(round);
            round.Succeed();
        }
        catch (Exception e)
        {
            round.Fail(e);
        }
        finally
        {
            lock (_changing)
                BeginNext();
            round.Leave();
        }
    }

    private void Collect()
    {
        if (!_recorded.TryCollect())
            throw new ObjectDisposedException(nameof(Scraper), "Metrics are no longer collected: the application has stopped.");
        _metrics.Clear();
        _metrics.AddRange(_recorded.Metrics);
        _observed.Collect(_metrics);
        if (!_families.AreOf(_metrics))
            _families = new([.. _metrics], _hasTarget);
    }

    private void Write(Round round)
    {
        foreach (var openMetrics in (ReadOnlySpan<bool>)[false, true])
        {
            var (plain, gzipped) = (Formats.Of(openMetrics, gzip: false), Formats.Of(openMetrics, gzip: true));
            if (!round.Wanted[(int)plain] && !round.Wanted[(int)gzipped])
                continue;
            var text = round.Begin(plain);
            _writer.Write(text, _families, openMetrics);
            if (!round.Wanted[(int)gzipped])
                continue;
            using var gzip = new GZipStream(new BufferStream(round.Begin(gzipped)), CompressionLevel.Fastest);
            gzip.Write(text.Span);
        }
    }

    [LoggerMessage(6, LogLevel.Warning, "Series of {Family} are not shown: their tags become the same labels as those of others. Said once.", EventName = "SeriesAreHidden")]
    private static partial void SeriesAreHidden(ILogger log, string family);
}
