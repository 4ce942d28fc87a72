using System.Net;
using System.Net.Sockets;
using System.Security.Authentication;
using Xunit;

namespace Resilience.Client.Tests;

public sealed class ClassifierTests
{
    [Theory]
    [InlineData(SocketError.ConnectionRefused, nameof(FailureKind.Refused))]
    [InlineData(SocketError.HostUnreachable, nameof(FailureKind.Unreachable))]
    [InlineData(SocketError.NetworkUnreachable, nameof(FailureKind.Unreachable))]
    [InlineData(SocketError.HostDown, nameof(FailureKind.Unreachable))]
    [InlineData(SocketError.NetworkDown, nameof(FailureKind.Unreachable))]
    [InlineData(SocketError.HostNotFound, nameof(FailureKind.NameNotFound))]
    [InlineData(SocketError.TryAgain, nameof(FailureKind.NameNotFound))]
    [InlineData(SocketError.NoData, nameof(FailureKind.NameNotFound))]
    [InlineData(SocketError.TimedOut, nameof(FailureKind.ConnectTimeout))]
    [InlineData(SocketError.ConnectionReset, nameof(FailureKind.ConnectFailed))]
    [InlineData(SocketError.AddressNotAvailable, nameof(FailureKind.ConnectFailed))]
    [InlineData(SocketError.AccessDenied, nameof(FailureKind.Rejected))]
    [InlineData(SocketError.AddressFamilyNotSupported, nameof(FailureKind.Rejected))]
    public void Error_while_connecting_proves_that_nothing_was_sent(SocketError error, string kind)
    {
        var outcome = Of(new HttpRequestException(HttpRequestError.ConnectionError, "x", new SocketException((int)error)));

        Assert.Equal(kind, outcome.Kind.ToString());
        Assert.Equal(outcome.Kind == FailureKind.Rejected ? Verdict.Permanent : Verdict.Transient, outcome.Verdict);
        Assert.Equal(outcome.Kind != FailureKind.Rejected, outcome.ProvesUnsent);
        Assert.Equal(outcome.Kind is FailureKind.Refused or FailureKind.Unreachable or FailureKind.NameNotFound, outcome.MeansDown);
    }

    public static TheoryData<string, Exception> Transient => new()
    {
        { nameof(FailureKind.NameNotFound), new HttpRequestException(HttpRequestError.NameResolutionError, "x", new SocketException((int)SocketError.HostNotFound)) },
        { nameof(FailureKind.ConnectFailed), new HttpRequestException(HttpRequestError.ConnectionError, "x") },
        { nameof(FailureKind.ConnectTimeout), new TaskCanceledException("x", new TimeoutException()) },
        { nameof(FailureKind.ConnectFailed), new HttpRequestException(HttpRequestError.SecureConnectionError, "x", new IOException("cut")) },
        { nameof(FailureKind.ConnectionLost), new HttpRequestException(HttpRequestError.ResponseEnded, "x", new HttpIOException(HttpRequestError.ResponseEnded)) },
        { nameof(FailureKind.ConnectionLost), new HttpRequestException(HttpRequestError.Unknown, "x", new IOException("y", new SocketException((int)SocketError.ConnectionReset))) },
        { nameof(FailureKind.ConnectionLost), new HttpRequestException(HttpRequestError.Unknown, "x", new SocketException((int)SocketError.ConnectionReset)) },
        { nameof(FailureKind.ConnectionLost), new IOException("cut within the body") },
        { nameof(FailureKind.ConnectionLost), new HttpIOException(HttpRequestError.ResponseEnded) },
        { nameof(FailureKind.RefusedStream), Protocol(7) },
        { nameof(FailureKind.ConnectionLost), Protocol(0) },
        { nameof(FailureKind.ConnectionLost), Protocol(2) },
        { nameof(FailureKind.ConnectionLost), Protocol(8) },
        { nameof(FailureKind.ConnectionLost), Protocol(11) },
        { nameof(FailureKind.RefusedStream), new HttpProtocolException(7, "x", null) },
    };

    [Theory]
    [MemberData(nameof(Transient), DisableDiscoveryEnumeration = true)]
    public void Failure_that_may_pass_is_transient(string kind, Exception exception)
    {
        var outcome = Of(exception);

        Assert.Equal((Verdict.Transient, kind), (outcome.Verdict, outcome.Kind.ToString()));
        Assert.True(outcome.IsFailure);
    }

    public static TheoryData<string, Exception> Permanent => new()
    {
        { nameof(FailureKind.SecureConnection), new HttpRequestException(HttpRequestError.SecureConnectionError, "x", new AuthenticationException()) },
        { nameof(FailureKind.Certificate), new HttpRequestException(HttpRequestError.SecureConnectionError, "x", new AuthenticationException("The remote certificate is invalid: RemoteCertificateNameMismatch")) },
        { nameof(FailureKind.InvalidResponse), new HttpRequestException(HttpRequestError.InvalidResponse, "x") },
        { nameof(FailureKind.TooLarge), new HttpRequestException(HttpRequestError.ConfigurationLimitExceeded, "x") },
        { nameof(FailureKind.InvalidResponse), Protocol(1) },
        { nameof(FailureKind.InvalidResponse), new HttpRequestException(HttpRequestError.HttpProtocolError, "x") },
        { nameof(FailureKind.Rejected), new HttpRequestException(HttpRequestError.UserAuthenticationError, "x") },
        { nameof(FailureKind.Rejected), new HttpRequestException(HttpRequestError.ProxyTunnelError, "x") },
        { nameof(FailureKind.Rejected), new HttpRequestException(HttpRequestError.VersionNegotiationError, "x") },
        { nameof(FailureKind.Rejected), new HttpRequestException(HttpRequestError.ExtendedConnectNotSupported, "x") },
        { nameof(FailureKind.InvalidResponse), new HttpIOException(HttpRequestError.InvalidResponse) },
        { nameof(FailureKind.TooLarge), new HttpIOException(HttpRequestError.ConfigurationLimitExceeded) },
        { nameof(FailureKind.Rejected), new HttpRequestException("a handler's own") },
        { nameof(FailureKind.Rejected), new TaskCanceledException("a handler's own") },
        { nameof(FailureKind.Foreign), new InvalidOperationException("a handler's own") },
    };

    [Theory]
    [MemberData(nameof(Permanent), DisableDiscoveryEnumeration = true)]
    public void Failure_that_no_repetition_mends_is_permanent(string kind, Exception exception)
    {
        var outcome = Of(exception);

        Assert.Equal((Verdict.Permanent, kind), (outcome.Verdict, outcome.Kind.ToString()));
        Assert.False(outcome.IsFailure);
        Assert.False(outcome.ProvesUnsent);
    }

    [Fact]
    public void Cancellation_by_the_caller_is_neither_fault_nor_timeout()
    {
        Assert.Equal(new(Verdict.Permanent, FailureKind.Cancelled), Classifier.Of(new TaskCanceledException(), expired: false, cancelled: true));
        Assert.Equal(new(Verdict.Permanent, FailureKind.Cancelled), Classifier.Of(new TaskCanceledException(), expired: true, cancelled: true));
    }

    [Fact]
    public void Attempt_that_ran_out_of_time_is_transient_whatever_was_thrown()
    {
        foreach (var exception in new Exception[] { new TaskCanceledException(), new IOException(), new HttpRequestException("aborted") })
            Assert.Equal(new(Verdict.Transient, FailureKind.AttemptTimeout), Classifier.Of(exception, expired: true, cancelled: false));
    }

    [Theory]
    [InlineData(200, false, false)]
    [InlineData(301, false, false)]
    [InlineData(400, false, false)]
    [InlineData(404, false, false)]
    [InlineData(408, true, true)]
    [InlineData(429, true, false)]
    [InlineData(500, false, false)]
    [InlineData(501, false, false)]
    [InlineData(502, true, true)]
    [InlineData(503, true, true)]
    [InlineData(504, true, true)]
    [InlineData(505, false, false)]
    public void Status_is_transient_when_listed_and_counts_but_for_429(int status, bool transient, bool failure)
    {
        using var response = new HttpResponseMessage((HttpStatusCode)status);
        var outcome = Classifier.Of(response, TestSettings.Default);

        Assert.Equal(transient, outcome.Verdict == Verdict.Transient);
        Assert.Equal(failure, outcome.IsFailure);
        Assert.False(outcome.ProvesUnsent);
    }

    [Fact]
    public void Outcome_of_every_kind_can_be_told()
    {
        foreach (var kind in Enum.GetValues<FailureKind>())
            Assert.NotEmpty(new Outcome(Verdict.Transient, kind, HttpStatusCode.BadGateway).Describe());
    }

    private static Outcome Of(Exception exception) => Classifier.Of(exception, expired: false, cancelled: false);

    private static HttpRequestException Protocol(long code) =>
        new(HttpRequestError.HttpProtocolError, "x", new HttpProtocolException(code, "y", null));
}
