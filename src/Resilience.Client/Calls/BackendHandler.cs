// Longer than most files because the whole pipeline of a call is written in this one, so that its order can be read at a glance.

namespace Resilience.Client;

/// <summary>
/// What a call does, outermost first; this is the only place that says so.
/// <list type="number">
/// <item>Deadline: begins here, and covers waiting, attempts and delays.</item>
/// <item>Admission: a backend that is down is waited for, or the call fails fast. So is a place, where as many attempts are under way as its latency bears.</item>
/// <item>Attempt, with its own timeout, to the backend's endpoint.</item>
/// <item>Classify: success, transient, permanent, cancelled by the caller.</item>
/// <item>Retry only if transient, safe to send again, with attempts, budget and time left; otherwise return what there is.</item>
/// <item>Delay, and back to admission.</item>
/// </list>
/// All state lives in <see cref="Backend"/>; this handler may be made anew at any time.
/// </summary>
internal sealed class BackendHandler : DelegatingHandler
{
    private static readonly object Present = new(), Absent = new();

    private readonly Backend _backend;
    private readonly ClientMetrics _metrics;
    private readonly RetryDecision _retry;
    private readonly Settlement _settlement;
    private object? _below; // Found out with the first call: the chain is not complete before.

    public BackendHandler(Backend backend)
    {
        _backend = backend;
        _metrics = backend.Metrics.Instruments;
        _retry = new(backend);
        _settlement = new(backend);
        backend.Wire = (request, token) => base.SendAsync(request, token);
    }

    /// <summary>
    /// Handlers of the user's, below us, may change the message, send of their own, and hold on to the token: nothing is taken for granted then.
    /// The mark at their end tells of them.
    /// </summary>
    private bool HasHandlersBelow => (_below ??= WireMark.IsBelow(this) ? Present : Absent) == Present;

    public TimeSpan Now => _backend.Clock.Now;

    protected override HttpResponseMessage Send(HttpRequestMessage request, CancellationToken cancellationToken) =>
        SendAsync(request, cancellationToken).GetAwaiter().GetResult();

    protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken) =>
        _metrics.AreCallsWanted || CallTrace.IsOn
            ? ObservedCall.SendAsync(this, _backend, request, cancellationToken)
            : CallAsync(request, isObserved: false, cancellationToken);

    /// <summary>The short path: the backend is up, and the first attempt succeeds. Anything else goes on in a <see cref="Call"/>.</summary>
    /// <param name="request">The request.</param>
    /// <param name="isObserved">Whether somebody listens: asked once, since each look costs.</param>
    /// <param name="cancellationToken">The caller's.</param>
    public Task<HttpResponseMessage> CallAsync(HttpRequestMessage request, bool isObserved, CancellationToken cancellationToken)
    {
        var settings = CallOptions.Apply(_backend.Settings, request);
        var now = _backend.Clock.Now;
        var epoch = _backend.Epoch;
        if (!epoch.IsUp || settings.ReadBody || request.Content is not null || _backend.Endpoint.HasMoved
            || settings.Timeout <= TimeSpan.Zero || HasHandlersBelow || !_backend.Entrance.TryEnter(epoch, now))
        {
            _backend.Budget.CountCall(now);
            return RunAsync(new(_backend, request, request.Method, request.RequestUri, settings, now, cancellationToken));
        }

        var token = _backend.InFlight.Rent(now + Min(settings.AttemptTimeout, settings.Timeout), cancellationToken);
        Task<HttpResponseMessage> attempt;
        try
        {
            attempt = base.SendAsync(request, token.Token) ?? Task.FromResult<HttpResponseMessage>(null!); // NotNull says so.
        }
        catch (Exception e)
        {
            attempt = Task.FromException<HttpResponseMessage>(e);
        }

        var call = new FirstCall(attempt, request, request.Method, request.RequestUri, settings, epoch, now, cancellationToken);
        if (attempt.IsCompletedSuccessfully && TryPass(call, token, now, isInContext: true))
        {
            if (isObserved)
                Observe(request, attempt.Result);
            return attempt;
        }

        return attempt.IsCompleted || isObserved ? SettleAsync(call, token, isObserved) : token.First.Follow(this, call);
    }

    /// <summary>The end of the short path.</summary>
    /// <param name="call">Its attempt was answered.</param>
    /// <param name="token">Of the attempt.</param>
    /// <param name="now">When it was.</param>
    /// <param name="isInContext">Whether this runs in the caller's context, which a logger may want to look at.</param>
    /// <returns>False if there is more to it than a success.</returns>
    public bool TryPass(in FirstCall call, CallToken token, TimeSpan now, bool isInContext)
    {
        if (call.Attempt.Result is not { } response)
            return false; // A handler of the user's that is none.
        var (settings, epoch, started) = (call.Settings, call.Epoch, call.Started);
        if (Classifier.Of(response, settings).Verdict != Verdict.Success || !isInContext && Words.IsFailure(response.StatusCode))
            return false;
        Succeeded(token, response, settings, epoch, started, now);
        return true;
    }

    /// <summary>An attempt that ends in some other way, and what follows.</summary>
    public async Task<HttpResponseMessage> SettleAsync(FirstCall first, CallToken token, bool isObserved)
    {
        HttpResponseMessage? response = null;
        Exception? error = null;
        Outcome outcome;
        try
        {
            response = NotNull(await first.Attempt.ConfigureAwait(false));
            outcome = Classifier.Of(response, first.Settings);
        }
        catch (Exception e)
        {
            error = e;
            outcome = Classifier.Of(e, token.HasExpired, first.Caller.IsCancellationRequested);
        }

        if (response is not null && outcome.Verdict == Verdict.Success)
        {
            Succeeded(token, response, first.Settings, first.Epoch, first.Started, _backend.Clock.Now);
            if (isObserved)
                Observe(first.Request, response);
            return response;
        }

        _backend.InFlight.Return(token);
        _backend.Budget.CountCall(_backend.Clock.Now);
        var call = new Call(_backend, first.Request, first.Method, first.Uri, first.Settings, first.Started, first.Caller) { Attempts = 1 };
        _settlement.Settle(call, first.Epoch, first.Request, outcome, response, error, first.Started, HasHandlersBelow);
        return await ContinueAsync(call).ConfigureAwait(false);
    }

    private void Succeeded(CallToken token, HttpResponseMessage response, Settings settings, Epoch epoch, TimeSpan started, TimeSpan now)
    {
        _backend.InFlight.Return(token);
        _backend.Limit.Heard();
        if (now > started) // An answer that was there at once tells nothing of the backend.
            _backend.Limit.Sample(epoch.Places, started, now);
        epoch.Places.GiveBack();
        _backend.Passed(epoch, now);
        _backend.Entrance.FillPlaces();
        Pass(response, settings, started);
    }

    /// <summary>Nothing in the way of the first attempt's response: what is not transient is the caller's to judge.</summary>
    private void Pass(HttpResponseMessage response, Settings settings, TimeSpan started)
    {
        if (Words.IsFailure(response.StatusCode))
            _backend.Log.AnsweredBadly(response.StatusCode, attempts: 1, _backend.Clock.Now - started, _backend.Clock.Now);
        BodyGuard.Put(response, _backend, settings, started);
    }

    private void Observe(HttpRequestMessage request, HttpResponseMessage response)
    {
        _backend.Metrics.Attempted(Outcome.Success, response);
        CallTrace.Of(request)?.Attempted(1);
    }

    private async Task<HttpResponseMessage> RunAsync(Call call)
    {
        if (HasHandlersBelow)
            call.KeepHeaders();
        if (call.Content is not null)
            await PrepareAsync(call).ConfigureAwait(false);
        var admission = await AdmitAsync(call).ConfigureAwait(false);
        if (admission.Epoch is not { } epoch)
            return call.IsCancelled ? throw call.Cancelled() : call.GiveUp(admission.Refusal);
        await AttemptAsync(call, epoch).ConfigureAwait(false);
        return await ContinueAsync(call).ConfigureAwait(false);
    }

    /// <summary>Reading a body to keep it takes the time of the call, like anything else.</summary>
    private async Task PrepareAsync(Call call)
    {
        var token = _backend.InFlight.Rent(call.Deadline, call.Caller);
        try
        {
            call.CanReplayBody = await Replay
                .PrepareAsync(call.Content, call.MayArriveTwice, call.Settings.MaxReplayBody, token.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (token.HasExpired || call.IsCancelled)
        {
            // Admission finds the call's time over, or the caller gone.
        }
        finally
        {
            _backend.InFlight.Return(token, mayBeHeldOn: true);
        }
    }

    private async Task<HttpResponseMessage> ContinueAsync(Call call)
    {
        while (call.Outcome.Verdict == Verdict.Transient)
        {
            var step = Replay.Forbids(call, call.Outcome) is { } why ? RetryStep.Stop(why) : await _retry.NextAsync(call).ConfigureAwait(false);
            if (step.Withheld is { } withheld)
            {
                call.Withhold(withheld);
                break;
            }

            await call.KeepResponseAsync().ConfigureAwait(false);
            if (step.Watched is not null)
                await DelayAsync(call, step.Delay, step.Watched).ConfigureAwait(false);
            var admission = await AdmitAsync(call).ConfigureAwait(false);
            if (admission.Epoch is not { } epoch)
            {
                if (call.ChargedAt is { } charged)
                    _backend.Budget.GiveBack(charged, _backend.Clock.Now);
                return call.IsCancelled ? throw call.Cancelled() : Hand(call, call.GiveUp(admission.Refusal));
            }

            await AttemptAsync(call, epoch).ConfigureAwait(false);
        }

        return Hand(call, call.Result());
    }

    private HttpResponseMessage Hand(Call call, HttpResponseMessage response)
    {
        if (!call.BodyIsRead)
            BodyGuard.Put(response, _backend, call.Settings, call.Started);
        if (CallEnd.Of(response, call.Settings).Outcome == Words.Failure)
            _backend.Log.AnsweredBadly(response.StatusCode, call.Attempts, _backend.Clock.Now - call.Started, _backend.Clock.Now);
        if (call.Settings.ReadBody && !response.IsSuccessStatusCode)
            CallOptions.Spend(call.Request, call.Attempts, _backend.Clock.Now - call.Started);
        return response;
    }

    /// <summary>Waits until the delay is over, or ends early when the backend's state changes: admission knows what to do then.</summary>
    private async Task DelayAsync(Call call, TimeSpan delay, Epoch epoch)
    {
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(call.Caller, epoch.Ended);
        var began = _backend.Clock.Now;
        call.Retry(delay);
        await Task.Delay(delay, _backend.Clock.Time, ended.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _backend.Metrics.Waited(_backend.Clock.Now - began, Words.ForRetry);
    }

    private async ValueTask<Admission> AdmitAsync(Call call)
    {
        if (call.IsCancelled)
            return default;
        if (call.Left <= TimeSpan.Zero)
            return new(null, BackendFailureReason.DeadlineExceeded);
        _backend.Recovery.BeginStartup();
        var admission = _backend.Entrance.Enter(call.Settings, call.MayArriveTwice && call.CanReplayBody, call.Attempts > 0, call.RipeAt, out var waiter);
        if (waiter is null)
            return admission;

        var began = _backend.Clock.Now;
        call.Trace?.Wait(waiter.Epoch);
        var token = _backend.InFlight.Rent(call.Deadline, waiter, call.Caller);
        admission = await waiter.Task.ConfigureAwait(false);
        _backend.InFlight.Return(token);
        var waited = _backend.Clock.Now - began;
        _backend.Metrics.Waited(waited, waiter.Epoch.IsUp ? Words.ForPlace : Words.ForRecovery);
        call.Trace?.WaitEnd(waited, admission.Epoch);
        if (!call.IsCancelled)
            return admission;
        if (admission.Epoch is not { } epoch)
            return default;
        epoch.Places.GiveBack();
        _backend.Recovery.Abandoned(epoch);
        _backend.Entrance.FillPlaces();
        return default;
    }

    private async Task AttemptAsync(Call call, Epoch epoch)
    {
        var settings = call.Settings;
        var began = _backend.Clock.Now;
        var request = call.Request;
        HttpResponseMessage? response = null;
        Exception? error = null;
        Outcome outcome;
        CallToken? token = null;
        // From here to its settlement nothing may throw: the ramp has given this attempt a place, and waits for it to come back.
        try
        {
            if (call.Attempts++ > 0)
            {
                call.Discard();
                _backend.Metrics.Retried(call.Outcome);
                request = Replay.Copy(call, _backend.RenewsContext);
                ResendCount.Put(request, call.Attempts - 1);
            }

            if (_backend.Endpoint.HasMoved)
                request.RequestUri = _backend.Endpoint.Locate(call.Uri);
            token = _backend.InFlight.Rent(Min(began + settings.AttemptTimeout, call.Deadline), call.Caller);
            response = NotNull(await base.SendAsync(request, token.Token).ConfigureAwait(false));
            if (settings.ReadBody && request.Method != HttpMethod.Head)
                await response.Content.LoadIntoBufferAsync(settings.MaxResponseBody, token.Token).ConfigureAwait(false);
            outcome = Classifier.Of(response, settings);
        }
        catch (Exception e)
        {
            call.Drop(response);
            response = null;
            error = e;
            outcome = Classifier.Of(e, token?.HasExpired == true, call.IsCancelled);
        }

        if (token is not null)
            _backend.InFlight.Return(token, mayBeHeldOn: call.Content is not null || HasHandlersBelow);
        _settlement.Settle(call, epoch, request, outcome, response, error, began, HasHandlersBelow);
        call.BodyIsRead = settings.ReadBody;
    }

    private static HttpResponseMessage NotNull(HttpResponseMessage? response) => response ?? throw new InvalidOperationException("A handler of the chain returned no response.");

    private static TimeSpan Min(TimeSpan a, TimeSpan b) => a < b ? a : b;
}
