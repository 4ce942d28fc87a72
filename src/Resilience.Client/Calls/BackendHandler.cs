// Longer than most files because the whole pipeline of a call is written in this one, so that its order can be read at a glance.

namespace Resilience.Client;

/// <summary>
/// What a call does, outermost first; this is the only place that says so.
/// <list type="number">
/// <item>Deadline: begins here, and covers waiting, attempts and delays.</item>
/// <item>Admission: a backend that is down is waited for, or the call fails fast. A limit on concurrency belongs here.</item>
/// <item>Attempt, with its own timeout, to the backend's endpoint.</item>
/// <item>Classify: success, transient, permanent, cancelled by the caller.</item>
/// <item>Retry only if transient, safe to send again, with attempts, budget and time left; otherwise return what there is.</item>
/// <item>Delay, and back to admission.</item>
/// </list>
/// All state lives in <see cref="Backend"/>; this handler may be made anew at any time.
/// </summary>
internal sealed class BackendHandler : DelegatingHandler
{
    private readonly Backend _backend;

    public BackendHandler(Backend backend)
    {
        _backend = backend;
        backend.Wire = (request, token) => base.SendAsync(request, token);
    }

    protected override HttpResponseMessage Send(HttpRequestMessage request, CancellationToken cancellationToken) =>
        SendAsync(request, cancellationToken).GetAwaiter().GetResult();

    /// <summary>The short path: the backend is up, and the first attempt succeeds. Anything else goes on in a <see cref="Call"/>.</summary>
    protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        var settings = CallOptions.Apply(_backend.Settings, request);
        var now = _backend.Clock.Now;
        _backend.Budget.CountCall(now);
        var epoch = _backend.Epoch;
        if (!epoch.IsUp || settings.ReadBody || request.Content is not null || _backend.Endpoint.HasMoved
            || settings.Timeout <= TimeSpan.Zero)
            return RunAsync(new(_backend, request, request.Method, request.RequestUri, settings, now, cancellationToken));

        var token = _backend.InFlight.Rent(now + Min(settings.AttemptTimeout, settings.Timeout), cancellationToken);
        Task<HttpResponseMessage> attempt;
        try
        {
            attempt = base.SendAsync(request, token.Token);
        }
        catch (Exception e)
        {
            attempt = Task.FromException<HttpResponseMessage>(e);
        }

        if (!attempt.IsCompletedSuccessfully || Classifier.Of(attempt.Result, settings).Verdict != Verdict.Success)
            return FirstAttemptAsync(attempt, request, request.Method, request.RequestUri, settings, epoch, token, now, cancellationToken);
        _backend.InFlight.Return(token);
        _backend.Succeeded(epoch, now);
        BodyGuard.Put(attempt.Result, _backend, settings, now);
        return attempt;
    }

    private async Task<HttpResponseMessage> FirstAttemptAsync(
        Task<HttpResponseMessage> attempt, HttpRequestMessage request, HttpMethod method, Uri? uri, Settings settings,
        Epoch epoch, CallToken token, TimeSpan started, CancellationToken caller)
    {
        HttpResponseMessage? response = null;
        Exception? error = null;
        Outcome outcome;
        try
        {
            response = await attempt.ConfigureAwait(false);
            outcome = Classifier.Of(response, settings);
        }
        catch (Exception e)
        {
            error = e;
            outcome = Classifier.Of(e, token.HasExpired, caller.IsCancellationRequested);
        }

        _backend.InFlight.Return(token);
        if (response is not null && outcome.Verdict == Verdict.Success)
        {
            _backend.Succeeded(epoch, _backend.Clock.Now);
            BodyGuard.Put(response, _backend, settings, started);
            return response;
        }

        var call = new Call(_backend, request, method, uri, settings, started, caller) { Attempts = 1 };
        _backend.Protocol = new(request.Version, request.VersionPolicy);
        Settle(call, epoch, outcome, response, error, started);
        return await ContinueAsync(call).ConfigureAwait(false);
    }

    private async Task<HttpResponseMessage> RunAsync(Call call)
    {
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
        while (call.Outcome.Verdict == Verdict.Transient && Replay.MayBeSentAgain(call, call.Outcome))
        {
            var step = await NextAsync(call).ConfigureAwait(false);
            if (step.GiveUp)
                break;
            await call.KeepResponseAsync().ConfigureAwait(false);
            if (step.Watched is not null)
                await DelayAsync(call, step.Delay, step.Watched).ConfigureAwait(false);
            var admission = await AdmitAsync(call).ConfigureAwait(false);
            if (step.Watched is null)
                _backend.Budget.Charge(_backend.Clock.Now);
            if (admission.Epoch is not { } epoch)
            {
                _backend.Budget.GiveBack(_backend.Clock.Now);
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
        if (call.Settings.ReadBody && !response.IsSuccessStatusCode)
            CallOptions.Spend(call.Request, call.Attempts, _backend.Clock.Now - call.Started);
        return response;
    }

    private async ValueTask<RetryStep> NextAsync(Call call)
    {
        var settings = call.Settings;
        var asked = call.Response is { } response ? RetryAfter.Of(response, _backend.Clock.Time) : null;
        if (call.Left <= TimeSpan.Zero || asked >= call.Left)
            return RetryStep.Stop;
        var now = _backend.Clock.Now;
        var epoch = _backend.Epoch;
        if (epoch.IsDown)
            return settings.WhenDown == WhenDown.Wait ? RetryStep.WaitForReturn : RetryStep.Stop;
        // It failed in an outage that is over, or as one of the first let in after it: that is the outage's cost, not a retry of its own.
        if (settings.WhenDown == WhenDown.Wait && (epoch.State == EpochState.Probing || !ReferenceEquals(epoch, call.Epoch)))
            return RetryStep.WaitForReturn;

        var delay = Max(asked ?? TimeSpan.Zero, Backoff.Delay(call.Retries, settings, _backend.Random()));
        if (call.Retries < settings.MaxRetries && delay < call.Left)
        {
            call.IsOverBudget = !_backend.Budget.TryTake(now, settings);
            if (!call.IsOverBudget)
            {
                call.Retries++;
                return new(GiveUp: false, delay, epoch);
            }
        }

        if (settings.WhenDown == WhenDown.FailFast)
            return RetryStep.Stop;
        try
        {
            return await _backend.Recovery.IsDownAfterAllAsync(call.Outcome, call.Left, call.Caller).ConfigureAwait(false)
                ? RetryStep.WaitForReturn
                : RetryStep.Stop;
        }
        catch (OperationCanceledException)
        {
            throw call.Cancelled();
        }
    }

    /// <summary>Waits until the delay is over, or ends early when the backend's state changes: admission knows what to do then.</summary>
    private async Task DelayAsync(Call call, TimeSpan delay, Epoch epoch)
    {
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(call.Caller, epoch.Ended);
        await Task.Delay(delay, _backend.Clock.Time, ended.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    private async ValueTask<Admission> AdmitAsync(Call call)
    {
        if (call.IsCancelled)
            return default;
        if (call.Left <= TimeSpan.Zero)
            return new(null, BackendFailureReason.DeadlineExceeded);
        var admission = _backend.Recovery.Enter(call.Settings, call.MayArriveTwice && call.CanReplayBody, out var waiter);
        if (waiter is null)
            return admission;

        var token = _backend.InFlight.Rent(call.Deadline, call.Caller);
        using (token.Token.UnsafeRegister(static waiter => ((Waiter)waiter!).Leave(), waiter))
            admission = await waiter.Task.ConfigureAwait(false);
        _backend.InFlight.Return(token);
        if (!call.IsCancelled)
            return admission;
        if (admission.Epoch is { } epoch)
            _backend.Recovery.Abandoned(epoch);
        return default;
    }

    private async Task AttemptAsync(Call call, Epoch epoch)
    {
        call.Discard();
        var settings = call.Settings;
        var request = call.Attempts++ == 0 ? call.Request : Replay.Copy(call);
        request.RequestUri = _backend.Endpoint.Locate(call.Uri);
        var began = _backend.Clock.Now;
        var token = _backend.InFlight.Rent(Min(began + settings.AttemptTimeout, call.Deadline), call.Caller);
        HttpResponseMessage? response = null;
        Exception? error = null;
        Outcome outcome;
        try
        {
            response = await base.SendAsync(request, token.Token).ConfigureAwait(false);
            if (settings.ReadBody)
                await response.Content.LoadIntoBufferAsync(settings.MaxResponseBody, token.Token).ConfigureAwait(false);
            outcome = Classifier.Of(response, settings);
        }
        catch (Exception e)
        {
            response?.Dispose();
            response = null;
            error = e;
            outcome = Classifier.Of(e, token.HasExpired, call.Caller.IsCancellationRequested);
        }

        _backend.InFlight.Return(token, mayBeHeldOn: call.Content is not null);
        if (outcome.Verdict == Verdict.Transient)
            _backend.Protocol = new(request.Version, request.VersionPolicy);
        Settle(call, epoch, outcome, response, error, began);
        call.BodyIsRead = settings.ReadBody;
    }

    /// <summary>Tells the call and the backend what came of an attempt.</summary>
    private void Settle(Call call, Epoch epoch, Outcome outcome, HttpResponseMessage? response, Exception? error, TimeSpan began)
    {
        var now = _backend.Clock.Now;
        if (outcome.Kind == FailureKind.AttemptTimeout && now >= call.Deadline)
            outcome = outcome with { Kind = FailureKind.DeadlineExceeded };
        call.Ended(epoch, outcome, response, error);
        if (outcome.Verdict == Verdict.Success)
            _backend.Succeeded(epoch, now);
        else if (outcome.IsFailure && HadItsTime(call, outcome, now - began))
            _backend.Recovery.Failed(epoch, outcome, now);
        else
            _backend.Recovery.Abandoned(epoch);
    }

    /// <summary>An attempt that began shortly before the call's deadline and was cut by it says nothing about the _backend.</summary>
    private static bool HadItsTime(Call call, Outcome outcome, TimeSpan took) =>
        outcome.Kind != FailureKind.DeadlineExceeded || took * 2 >= Min(call.Settings.AttemptTimeout, call.Settings.Timeout);

    private static TimeSpan Min(TimeSpan a, TimeSpan b) => a < b ? a : b;

    private static TimeSpan Max(TimeSpan a, TimeSpan b) => a > b ? a : b;

    /// <param name="GiveUp">Return what there is.</param>
    /// <param name="Delay">How long to wait before the retry.</param>
    /// <param name="Watched">The epoch whose end cuts the delay short; none means to wait for the backend's return, however long it takes.</param>
    private readonly record struct RetryStep(bool GiveUp, TimeSpan Delay = default, Epoch? Watched = null)
    {
        public static readonly RetryStep Stop = new(GiveUp: true);

        public static RetryStep WaitForReturn => default;
    }
}
