using Microsoft.Extensions.DependencyInjection;
using Polly;
using Answer = Resilience.Client.Polly.Tests.Answers.Answer;

namespace Resilience.Client.Polly.Tests;

/// <summary>A pipeline with the strategy, on virtual time, as a host has it: callbacks and the backend's own client are scripted apart from each other.</summary>
internal sealed class PipelineBench : IDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromHours(1);
    private readonly ServiceProvider _services;
    private readonly Queue<Answer> _answers = new();

    public PipelineBench(
        Action<BackendOptions>? configure = null, BackendStrategyOptions? options = null,
        Action<ResiliencePipelineBuilder<HttpResponseMessage>>? outside = null, Action<ResiliencePipelineBuilder<HttpResponseMessage>>? inside = null)
    {
        var services = new ServiceCollection();
        services.AddSingleton<TimeProvider>(Time);
        services.AddResilientBackend("catalog", backend =>
        {
            backend.Address = new("http://catalog.test/");
            configure?.Invoke(backend);
        }).ConfigurePrimaryHttpMessageHandler(() => new Wire(this));
        _services = services.BuildServiceProvider();
        State = _services.GetRequiredService<IBackends>()["catalog"];
        Builder = Build(outside);
        Builder.AddBackendResilience(_services, "catalog", options);
        inside?.Invoke(Builder);
        Pipeline = Builder.Build();
    }

    public FakeTime Time { get; } = new();
    public IServiceProvider Services => _services;
    public IBackend State { get; }
    public ResiliencePipelineBuilder<HttpResponseMessage> Builder { get; }
    public ResiliencePipeline<HttpResponseMessage> Pipeline { get; }

    /// <summary>When the callback ran.</summary>
    public List<TimeSpan> Runs { get; } = [];

    /// <summary>The tokens it ran with.</summary>
    public List<CancellationToken> Tokens { get; } = [];

    /// <summary>What the backend's own client was asked for.</summary>
    public List<string> Wired { get; } = [];

    /// <summary>What the backend's own client gets.</summary>
    public Answer Own { get; set; } = Answers.Ok;

    /// <summary>What the callback meets with once its list is through.</summary>
    public Answer Then { get; set; } = Answers.Ok;

    public ResiliencePipelineBuilder<HttpResponseMessage> Build(Action<ResiliencePipelineBuilder<HttpResponseMessage>>? configure = null)
    {
        var builder = new ResiliencePipelineBuilder<HttpResponseMessage> { TimeProvider = Time };
        configure?.Invoke(builder);
        return builder;
    }

    /// <summary>What the callback meets with, one after the other.</summary>
    public PipelineBench Meets(params Answer[] answers)
    {
        foreach (var answer in answers)
            _answers.Enqueue(answer);
        return this;
    }

    /// <summary>Starts a call; it is as far as it gets without time passing.</summary>
    public Task<HttpResponseMessage> Call(HttpRequestMessage? request = null, CancellationTokenSource? caller = null)
    {
        var call = RunAsync(request, caller?.Token ?? CancellationToken.None);
        FakeTime.Settle();
        return call;
    }

    /// <summary>Lets time pass until the call has ended.</summary>
    public async Task<HttpResponseMessage> Finish(Task<HttpResponseMessage> call)
    {
        Time.AdvanceUntil(() => call.IsCompleted, Limit);
        return await call;
    }

    public Task<HttpResponseMessage> Run(HttpRequestMessage? request = null) => Finish(Call(request));

    public async Task<HttpResponseMessage> AttemptAsync(CancellationToken attempt)
    {
        Runs.Add(Time.Elapsed);
        Tokens.Add(attempt);
        return await (_answers.Count > 0 ? _answers.Dequeue() : Then)(attempt);
    }

    public void Dispose()
    {
        _services.Dispose();
        FakeTime.Settle();
    }

    private async Task<HttpResponseMessage> RunAsync(HttpRequestMessage? request, CancellationToken caller)
    {
        var context = ResilienceContextPool.Shared.Get(caller);
        if (request is not null)
            context.Properties.Set(BackendStrategyOptions.Request, request);
        try
        {
            return await Pipeline.ExecuteAsync(async context => await AttemptAsync(context.CancellationToken), context);
        }
        finally
        {
            ResilienceContextPool.Shared.Return(context);
        }
    }

    private sealed class Wire(PipelineBench bench) : HttpMessageHandler
    {
        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            bench.Wired.Add(request.RequestUri?.AbsolutePath ?? "");
            return bench.Own(cancellationToken);
        }
    }
}
