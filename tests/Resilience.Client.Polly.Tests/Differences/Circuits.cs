using System.Diagnostics.Metrics;
using System.Net;
using Microsoft.Extensions.Logging.Abstractions;
using Polly;
using Polly.CircuitBreaker;

namespace Resilience.Client.Polly.Tests.Differences;

/// <summary>Our circuit and Polly's, set as near to it as it goes, and what both have met with since they were new.</summary>
internal sealed class Circuits : IDisposable
{
    private readonly Sequence _sequence;
    private readonly CircuitBreakerStateProvider _theirState = new();
    private readonly Backend _backend;
    private readonly ResiliencePipeline<HttpResponseMessage> _ours, _theirs;
    private readonly Dictionary<int, List<Call>> _calls = [];

    public Circuits(Sequence sequence)
    {
        _sequence = sequence;
        var options = new BackendOptions { Address = new("http://catalog.test/"), Timeout = TimeSpan.FromHours(1), AttemptTimeout = TimeSpan.FromHours(1) };
        options.Retry.MaxRetries = 0;
        options.Circuit.MinFailures = sequence.MinFailures;
        options.Recovery.WhenDown = WhenDown.FailFast;
        var spread = new Random(sequence.Seed);
        _backend = new("catalog", options, sequence.Clock, sequence.InFlight, spread.NextDouble, sequence.Metrics, NullLogger.Instance) { Wire = ProbeAsync };
        _ours = new ResiliencePipelineBuilder<HttpResponseMessage> { TimeProvider = sequence.Time }.AddBackendResilience(_backend).Build();
        _theirs = new ResiliencePipelineBuilder<HttpResponseMessage> { TimeProvider = sequence.Time }.AddCircuitBreaker(new()
        {
            FailureRatio = options.Circuit.FailureRatio,
            MinimumThroughput = options.Circuit.MinSamples,
            SamplingDuration = options.Circuit.Window,
            BreakDuration = CircuitModel.Break,
            StateProvider = _theirState,
            ShouldHandle = args => ValueTask.FromResult(
                args.Outcome.Exception is HttpRequestException || args.Outcome.Result is { } response && options.Retry.StatusCodes.Contains((int)response.StatusCode)),
        }).Build();
    }

    public List<Happening> History { get; } = [];

    public bool OursIsClosed => ((IBackend)_backend).Circuit == CircuitState.Closed;

    public bool TheirsIsClosed => _theirState.CircuitState == global::Polly.CircuitBreaker.CircuitState.Closed;

    public IEnumerable<int> UnderWay => _calls.Keys;

    /// <summary>When the backend's health begins to answer, and whether it says that it is ready then.</summary>
    public (TimeSpan At, bool Ready) Back { get; set; }

    public (bool Ours, bool Theirs) Begin(int call)
    {
        History.Add(new Begins(call, _sequence.Now));
        var ours = new Call(_ours);
        var theirs = new Call(_theirs);
        _calls[call] = [ours, theirs];
        return (ours.IsAdmitted, theirs.IsAdmitted);
    }

    public void End(int call, Ending with)
    {
        History.Add(new Ends(call, with, _sequence.Now));
        _calls.Remove(call, out var both);
        both?.ForEach(one =>
        {
            one.End(with);
            one.Dispose();
        });
    }

    public void Pass() => History.Add(new Passes(_sequence.Now));

    public void Dispose()
    {
        foreach (var call in _calls.Keys.ToList())
            End(call, Ending.Cancelled);
        _backend.Dispose();
    }

    private Task<HttpResponseMessage> ProbeAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        var isBack = _sequence.Time.Elapsed >= Back.At;
        if (isBack)
            History.Add(new Probed(Back.Ready, _sequence.Now));
        return Task.FromResult(new HttpResponseMessage(!isBack ? HttpStatusCode.ServiceUnavailable : Back.Ready ? HttpStatusCode.OK : HttpStatusCode.NotFound));
    }

    /// <summary>One that is under way until it is told how it ends. All of it runs on the thread that tells.</summary>
    private sealed class Call : IDisposable
    {
        private readonly TaskCompletionSource<HttpResponseMessage> _end = new();
        private readonly CancellationTokenSource _caller = new();

        public Call(ResiliencePipeline<HttpResponseMessage> pipeline) => _ = RunAsync(pipeline);

        public bool IsAdmitted { get; private set; }

        public void Dispose() => _caller.Dispose();

        public void End(Ending with)
        {
            if (with == Ending.Cancelled)
            {
                _caller.Cancel();
                _end.TrySetCanceled(_caller.Token);
            }
            else if (with is Ending.Cut or Ending.Refused or Ending.Foreign)
            {
                _end.TrySetException(with == Ending.Cut ? Answers.Cut() : with == Ending.Refused ? Answers.Refused() : new InvalidOperationException());
            }
            else
            {
                _end.TrySetResult(new(with switch
                {
                    Ending.Ok => HttpStatusCode.OK,
                    Ending.Missing => HttpStatusCode.NotFound,
                    Ending.TooMany => HttpStatusCode.TooManyRequests,
                    _ => HttpStatusCode.ServiceUnavailable,
                }));
            }
        }

        private async Task RunAsync(ResiliencePipeline<HttpResponseMessage> pipeline)
        {
            var context = ResilienceContextPool.Shared.Get(_caller.Token);
            await pipeline.ExecuteOutcomeAsync(
                static async (_, call) =>
                {
                    call.IsAdmitted = true;
                    try
                    {
                        return global::Polly.Outcome.FromResult(await call._end.Task.ConfigureAwait(false));
                    }
                    catch (Exception e)
                    {
                        return global::Polly.Outcome.FromException<HttpResponseMessage>(e);
                    }
                },
                context, this).ConfigureAwait(false);
            ResilienceContextPool.Shared.Return(context);
        }
    }
}

/// <summary>What the circuits of one sequence share: its time, and what a host has one of.</summary>
internal sealed class Sequence : IDisposable
{
    private readonly Meter _meter = new("Differences");

    public Sequence(int seed)
    {
        Seed = seed;
        Clock = new(Time);
        InFlight = new(Clock);
        Metrics = new(_meter, static () => []);
        Time.Push(TimeSpan.FromSeconds(1));
    }

    public int Seed { get; }

    /// <summary>As it is by default, or so many that few in a row do not hide what else there is.</summary>
    public int MinFailures => Seed % 2 == 0 ? 5 : 19;

    public FakeTime Time { get; } = new();
    public Clock Clock { get; }
    public InFlight InFlight { get; }
    public ClientMetrics Metrics { get; }
    public Moment Now => new(Clock.Now, Time.Elapsed);

    public void Dispose()
    {
        InFlight.Dispose();
        _meter.Dispose();
    }
}
