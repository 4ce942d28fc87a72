using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Resilience.Health;

/// <summary>
/// That a server answers as expected. Every run makes a connection of its own, so that name resolution, connecting and TLS are tried each time; the application's
/// HTTP clients, their retries and their proxies have no part in it.
/// </summary>
internal sealed class HttpCheck : IHealthCheck, IDisposable
{
    private readonly HttpCheckSettings _settings;
    private readonly string _who;
    private readonly byte[]? _expected;
    private readonly HttpMessageInvoker _http;

    public HttpCheck(HttpCheckSettings settings, TimeProvider time)
    {
        _settings = settings;
        _who = FailureWords.Address(HostNames.Of(settings.Address) ?? "", settings.Address.Port);
        _expected = settings.ExpectedText is { } text ? Encoding.UTF8.GetBytes(text) : null;
        _http = new HttpMessageInvoker(new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            UseCookies = false,
            UseProxy = settings.UseProxy,
            PooledConnectionLifetime = TimeSpan.Zero,
            MaxResponseDrainSize = 0, // What was not read closes the connection, which is not used again anyway.
            ActivityHeadersPropagator = null, // No trace every ten seconds.
            ConnectCallback = async (context, cancellationToken) => new NetworkStream(
                await Dialer.ConnectAsync(context.DnsEndPoint.Host, context.DnsEndPoint.Port, time, cancellationToken).ConfigureAwait(false), ownsSocket: true),
            SslOptions = { RemoteCertificateValidationCallback = settings.Validate },
        });
    }

    public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        var data = new Dictionary<string, object>();
        try
        {
            using var request = Request();
            using var response = await _http.SendAsync(request, cancellationToken).ConfigureAwait(false);
            var status = (int)response.StatusCode;
            data["statusCode"] = status;
            if (!IsExpected(status))
                return context.Failed(CheckErrors.Http(status), $"{_who} answered with status {status}.", data: data);
            if (_expected is not null && !await HoldsAsync(response.Content, _expected, cancellationToken).ConfigureAwait(false))
                return context.Failed(CheckErrors.Body, $"{_who} answered without the expected text in the first {_settings.MaxBodyBytes} bytes.", data: data);
            return HealthCheckResult.Healthy(data: data);
        }
        catch (Exception e) when (!cancellationToken.IsCancellationRequested)
        {
            var code = ErrorClassifier.Classify(e);
            return context.Failed(code, FailureWords.Of(_who, code), e, data);
        }
    }

    public void Dispose() => _http.Dispose();

    private bool IsExpected(int status) =>
        _settings.ExpectedStatuses.Count == 0 ? status is >= 200 and < 300 : _settings.ExpectedStatuses.Contains(status);

    private HttpRequestMessage Request()
    {
        var request = new HttpRequestMessage(new HttpMethod(_settings.Method), _settings.Address) { Version = HttpVersion.Version11 };
        request.Headers.TryAddWithoutValidation("User-Agent", "Resilience.Health"); // Some servers forbid what has none.
        foreach (var (name, value) in _settings.Headers)
        {
            request.Headers.Remove(name);
            request.Headers.TryAddWithoutValidation(name, value);
        }

        return request;
    }

    private async Task<bool> HoldsAsync(HttpContent content, byte[] wanted, CancellationToken cancellationToken)
    {
        // Only as large as the body: most are a few words.
        var window = new byte[Math.Min(_settings.MaxBodyBytes, 4096)];
        var filled = 0;
        var stream = await content.ReadAsStreamAsync(cancellationToken).ConfigureAwait(false);
        while (filled < _settings.MaxBodyBytes)
        {
            if (filled == window.Length)
                Array.Resize(ref window, Math.Min(_settings.MaxBodyBytes, 2 * window.Length));
            var read = await stream.ReadAsync(window.AsMemory(filled), cancellationToken).ConfigureAwait(false);
            if (read == 0)
                return false;
            var from = Math.Max(0, filled - wanted.Length + 1); // The text may lie across two reads.
            filled += read;
            if (window.AsSpan(from, filled - from).IndexOf(wanted) >= 0)
                return true;
        }

        return false;
    }
}
