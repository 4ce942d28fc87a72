using Microsoft.AspNetCore.Http;

namespace Resilience.Health.AspNetCore;

/// <summary>What authentication looks at, detached from the connection: servers use a request's context again for the next one.</summary>
internal static class RequestCopy
{
    public static HttpContext Of(HttpContext context, IServiceProvider services, CancellationToken ending)
    {
        var copy = new DefaultHttpContext { RequestServices = services, RequestAborted = ending, User = context.User, TraceIdentifier = context.TraceIdentifier };
        var (from, to) = (context.Request, copy.Request);
        (to.Method, to.Scheme, to.Protocol, to.Host) = (from.Method, from.Scheme, from.Protocol, from.Host);
        (to.PathBase, to.Path, to.QueryString) = (from.PathBase, from.Path, from.QueryString);
        foreach (var (name, values) in from.Headers)
            to.Headers[name] = values;
        var (at, there) = (context.Connection, copy.Connection);
        (there.Id, there.ClientCertificate) = (at.Id, at.ClientCertificate);
        (there.LocalIpAddress, there.LocalPort, there.RemoteIpAddress, there.RemotePort) = (at.LocalIpAddress, at.LocalPort, at.RemoteIpAddress, at.RemotePort);
        return copy;
    }
}
