using System.Net;
using System.Text;

namespace Resilience.Client.Tests;

/// <summary>Answers at once; remembers the last request with its body.</summary>
internal sealed class StubHandler(Func<HttpRequestMessage, HttpResponseMessage> answer) : HttpMessageHandler
{
    public StubHandler(HttpStatusCode status = HttpStatusCode.OK, string? body = null, string type = "application/json")
        : this(_ => Response(status, body, type))
    {
    }

    public HttpRequestMessage? Request { get; private set; }
    public string? Body { get; private set; }
    public int Calls { get; private set; }

    public static HttpResponseMessage Response(HttpStatusCode status, string? body = null, string type = "application/json") =>
        new(status) { Content = body is null ? null : new StringContent(body, Encoding.UTF8, type) };

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        Calls++;
        Request = request;
        Body = request.Content is { } content ? await content.ReadAsStringAsync(cancellationToken) : null;
        return answer(request);
    }
}
