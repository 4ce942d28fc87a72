using System.Net;
using System.Net.Sockets;
using System.Security.Authentication;
using Xunit;

namespace Resilience.Client.Tests;

/// <summary>A call that ends otherwise than well, and the words for it.</summary>
/// <param name="Reason">Of the call.</param>
/// <param name="Result">Of each attempt; null if there is none.</param>
/// <param name="Answer">What the wire does.</param>
/// <param name="Configure">The backend's options.</param>
/// <param name="Before">What happens to the backend first.</param>
/// <param name="Change">Options of the call.</param>
internal sealed record Fault(
    string Reason, string? Result, ScriptedWire.Script Answer, Action<BackendOptions>? Configure = null, Action<Bench>? Before = null, Action<HttpRequestMessage>? Change = null)
{
    /// <summary>One for each reason that a call can fail for.</summary>
    public static readonly Fault[] All =
    [
        new("unavailable", "refused", ScriptedWire.Refuse),
        new("circuit_open", null, ScriptedWire.Refuse, options => options.Recovery.WhenDown = WhenDown.FailFast, bench => GoDown(bench)),
        new("isolated", null, ScriptedWire.Refuse, Before: bench => bench.State.Isolate("maintenance")),
        new("too_many_waiting", null, ScriptedWire.Refuse, options => options.Recovery.MaxWaiting = 0, bench => GoDown(bench)),
        new("overloaded", null, ScriptedWire.Hang, options => (options.Concurrency.Mode, options.Concurrency.Max, options.Concurrency.Min) = (ConcurrencyMode.Fixed, 1, 1),
            bench => bench.Call(), request => request.Options.Set(CallOptions.Timeout, TimeSpan.FromSeconds(1))),
        new("deadline_exceeded", "timeout", ScriptedWire.Hang, Change: request => request.Options.Set(CallOptions.Timeout, TimeSpan.FromSeconds(1))),
        new("attempt_timeout", "timeout", ScriptedWire.Hang, Change: Once),
        new("connection_lost", "closed", ScriptedWire.Cut, Change: Once),
        new("secure_connection", "tls", Throws(new HttpRequestException(HttpRequestError.SecureConnectionError, Secret, new AuthenticationException(Secret)))),
        new("secure_connection", "certificate", Throws(new HttpRequestException(HttpRequestError.SecureConnectionError, null, new AuthenticationException("The remote certificate is invalid")))),
        new("invalid_response", "protocol", Throws(new HttpRequestException(HttpRequestError.InvalidResponse, Secret))),
        new("response_too_large", "protocol", Throws(new HttpRequestException(HttpRequestError.ConfigurationLimitExceeded, Secret))),
        new("status", "http_500", Status(500)),
        new("status", "http_503", Status(503), Change: Once),
        new("status", "http_other", Status(599)),
        new("rejected", "failed", Throws(new HttpRequestException(HttpRequestError.UserAuthenticationError, Secret))),
        new("rejected", "failed", Throws(new OperationCanceledException(Secret))),
        new("exception", "exception", Throws(new InvalidOperationException(Secret))),
        new("unavailable", "dns", Throws(new HttpRequestException(HttpRequestError.NameResolutionError, Secret))),
        new("unavailable", "unreachable", Throws(new HttpRequestException(HttpRequestError.ConnectionError, Secret, new SocketException((int)SocketError.HostUnreachable)))),
        new("unavailable", "closed", Throws(new HttpRequestException(HttpRequestError.ConnectionError, Secret)), Change: Once),
        new("unavailable", "timeout", Throws(new TaskCanceledException(Secret, new TimeoutException())), Change: Once),
    ];

    /// <summary>Their places in <see cref="All"/>.</summary>
    public static TheoryData<int> Numbers => [.. Enumerable.Range(0, All.Length)];

    /// <summary>A backend that has this trouble from now on.</summary>
    public Bench Begin()
    {
        var bench = new Bench(Configure);
        bench.Wire.Answer = Answer;
        bench.Wire.Probe = Reason == "unavailable" ? Answer : bench.Wire.Ok;
        Before?.Invoke(bench);
        return bench;
    }

    /// <summary>What must show nowhere but in exceptions.</summary>
    public const string Secret = "hunter2 http://user:pw@inner.example:99/private?token=abc";

    public override string ToString() => $"{Reason}/{Result ?? "none"}";

    public HttpRequestMessage Request()
    {
        var request = Bench.Get();
        Change?.Invoke(request);
        return request;
    }

    public static ScriptedWire.Script Throws(Exception exception) => (_, _) => Task.FromException<HttpResponseMessage>(exception);

    public static ScriptedWire.Script Status(int status) => (_, _) => Task.FromResult(new HttpResponseMessage((HttpStatusCode)status));

    private static void Once(HttpRequestMessage request) => request.Options.Set(CallOptions.SafeToSendAgain, false);

    private static void GoDown(Bench bench)
    {
        bench.Wire.Probe = ScriptedWire.Hang;
        _ = bench.Call();
        FakeTime.Settle();
    }
}
