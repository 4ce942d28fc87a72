using System.Data.Common;
using System.Net;
using System.Net.Sockets;
using System.Security.Authentication;
using Xunit;

namespace Resilience.Health.Tests.Checks;

public sealed class ErrorClassifierTests
{
    public static TheoryData<Exception, string> Failures => new()
    {
        { Socket(SocketError.ConnectionRefused), CheckErrors.Refused },
        { Socket(SocketError.HostUnreachable), CheckErrors.Unreachable },
        { Socket(SocketError.NetworkUnreachable), CheckErrors.Unreachable },
        { Socket(SocketError.HostNotFound), CheckErrors.Dns },
        { Socket(SocketError.TryAgain), CheckErrors.Dns },
        { Socket(SocketError.TimedOut), CheckErrors.Timeout },
        { Socket(SocketError.ConnectionReset), CheckErrors.Closed },
        { Socket(SocketError.TooManyOpenSockets), CheckErrors.Exception },
        { new TimeoutException(), CheckErrors.Timeout },
        { new TaskCanceledException("HttpClient.Timeout", new TimeoutException()), CheckErrors.Timeout },
        { new IOException("", Socket(SocketError.ConnectionAborted)), CheckErrors.Closed },
        { new EndOfStreamException(), CheckErrors.Closed },
        { new HttpRequestException(HttpRequestError.NameResolutionError, "", Socket(SocketError.HostNotFound)), CheckErrors.Dns },
        { new HttpRequestException(HttpRequestError.ConnectionError, "", Socket(SocketError.ConnectionRefused)), CheckErrors.Refused },
        { new HttpRequestException(HttpRequestError.ConnectionError), CheckErrors.Unreachable },
        { new HttpRequestException("", null, HttpStatusCode.BadGateway), "http_502" },
        { new HttpRequestException(HttpRequestError.ResponseEnded), CheckErrors.Closed },
        { new HttpRequestException(HttpRequestError.InvalidResponse), CheckErrors.Protocol },
        { new HttpRequestException(HttpRequestError.SecureConnectionError), CheckErrors.Tls },
        { new HttpRequestException(HttpRequestError.SecureConnectionError, "", new AuthenticationException("The remote certificate is invalid")), CheckErrors.Certificate },
        { new HttpIOException(HttpRequestError.ResponseEnded), CheckErrors.Closed },
        { new AuthenticationException("Cannot determine the frame size"), CheckErrors.Tls },
        { new InvalidOperationException("", new AggregateException(new InvalidOperationException(), Socket(SocketError.ConnectionRefused))), CheckErrors.Refused },
        { new DatabaseException("28P01"), CheckErrors.Authentication },
        { new DatabaseException("28000"), CheckErrors.Authentication },
        { new DatabaseException("3D000"), CheckErrors.NoDatabase },
        { new DatabaseException("42501"), CheckErrors.Forbidden },
        { new DatabaseException("57P03"), CheckErrors.Starting },
        { new DatabaseException("57P01"), CheckErrors.Stopping },
        { new DatabaseException("57P02"), CheckErrors.Stopping },
        { new DatabaseException("53300"), CheckErrors.TooManyClients },
        { new DatabaseException("25006"), CheckErrors.ReadOnly },
        { new DatabaseException("08006"), CheckErrors.Closed },
        { new DatabaseException("08001", Socket(SocketError.ConnectionRefused)), CheckErrors.Refused },
        { new DatabaseException(null, new TimeoutException()), CheckErrors.Timeout },
        { new DatabaseException("42P01"), CheckErrors.Exception },
        { new InvalidOperationException("outside", new DatabaseException("28P01")), CheckErrors.Authentication },
        { new InvalidOperationException(), CheckErrors.Exception },
        { new OperationCanceledException(), CheckErrors.Exception },
        { Deep(Socket(SocketError.ConnectionRefused), 14), CheckErrors.Refused },
        { Deep(Socket(SocketError.ConnectionRefused), 10_000), CheckErrors.Exception },
    };

    [Theory]
    [MemberData(nameof(Failures), DisableDiscoveryEnumeration = true)]
    public void Exception_has_the_code_of_what_happened(Exception exception, string code) => Assert.Equal(code, ErrorClassifier.Classify(exception));

    private static SocketException Socket(SocketError error) => new((int)error);

    private static Exception Deep(Exception inner, int levels) =>
        Enumerable.Range(0, levels).Aggregate(inner, (exception, _) => new InvalidOperationException("", exception));

    private sealed class DatabaseException(string? state, Exception? inner = null) : DbException("", inner)
    {
        public override string? SqlState => state;
    }
}
