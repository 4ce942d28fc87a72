using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Authorization.Policy;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Net.Http.Headers;

namespace Resilience.Health.AspNetCore;

/// <summary>What a caller may see.</summary>
internal enum Verdict
{
    Admitted,

    /// <summary>No details; and nobody need know that there are any.</summary>
    NotFound,

    /// <summary>No details without a key.</summary>
    KeyWanted,

    /// <summary>The authorization policy has answered: with a challenge, or with 403.</summary>
    Answered,
}

/// <summary>Who may see details: callers on the management port or socket, with the key, admitted by the policy, or, in Development, on this machine.</summary>
internal sealed class Admission(HealthEndpointOptions options, IServiceProvider services, IHostEnvironment environment, TimeProvider time, EndpointLog log)
{
    private const string Scheme = "Bearer ", KeyHeader = "X-Api-Key";

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(1); // A probe's own limit is 1 s in Kubernetes; whoever sends credentials to see more may wait as long.

    // Those that say that somebody else asked, and that middleware believes and leaves behind.
    private static readonly string[] ForwardedHeaders = ["X-Forwarded-For", "X-Original-For", "Forwarded"];

    private readonly string? _socket = options.ManagementSocket is { Length: > 0 } socket ? Path.GetFullPath(socket) : null;
    private readonly byte[]? _key = options.ApiKey is { } key ? Hash(key) : null;

    public bool HasManagement { get; } = options.ManagementPort is not null || options.ManagementSocket is not null;

    private bool IsOpenToThisMachine => environment.IsDevelopment() && !HasManagement && options.DeepPolicy is null && _key is null;

    /// <summary>Whether a request came in by the management port or socket. What it says in its headers does not count.</summary>
    public bool IsManagement(HttpContext context) =>
        options.ManagementPort is { } port && context.Features.Get<IHttpConnectionFeature>()?.LocalPort == port
        || _socket is not null && context.Features.Get<IConnectionSocketFeature>()?.Socket.LocalEndPoint is UnixDomainSocketEndPoint at && IsAt(at.ToString(), _socket);

    /// <summary>
    /// Whether details may be shown to a caller who did not ask for them; never answers, never fails and does not take long. The policy is asked only where an
    /// <c>Authorization</c> header was sent: a cookie comes along with anything a browser sends.
    /// </summary>
    public ValueTask<bool> MaySeeMoreAsync(HttpContext context)
    {
        if (IsAdmittedAtOnce(context))
            return new(true);
        return options.DeepPolicy is null || !context.Request.Headers.ContainsKey(HeaderNames.Authorization) ? new(false) : new(AskAsync(context));
    }

    /// <summary>Whether details may be shown to a caller who asks for them.</summary>
    public async ValueTask<Verdict> AdmitAsync(HttpContext context)
    {
        if (IsAdmittedAtOnce(context))
            return Verdict.Admitted;
        if (options.DeepPolicy is null)
            return _key is null ? Verdict.NotFound : Verdict.KeyWanted;
        var (policy, result) = await EvaluateAsync(context).ConfigureAwait(false);
        if (result.Succeeded)
            return Verdict.Admitted;
        var answer = context.RequestServices.GetRequiredService<IAuthorizationMiddlewareResultHandler>();
        await answer.HandleAsync(_ => Task.CompletedTask, context, policy, result).ConfigureAwait(false);
        return Verdict.Answered;
    }

    /// <summary>The policy, or null if there is none of that name.</summary>
    public static Task<AuthorizationPolicy?> PolicyAsync(IServiceProvider services, string name)
    {
        var policies = services.GetRequiredService<IAuthorizationPolicyProvider>();
        return name.Length > 0 ? policies.GetPolicyAsync(name) : OrNull(policies.GetDefaultPolicyAsync());

        static async Task<AuthorizationPolicy?> OrNull(Task<AuthorizationPolicy> policy) => await policy.ConfigureAwait(false);
    }

    /// <summary>Whether it takes no policy.</summary>
    public bool IsAdmittedAtOnce(HttpContext context) =>
        HasManagement && IsManagement(context)
        || _key is not null && HasKey(context.Request.Headers)
        || IsOpenToThisMachine && IsThisMachine(context);

    /// <summary>Asks on a copy of the request: authentication that hangs is left behind, and must not write to a request that was answered long ago.</summary>
    private async Task<bool> AskAsync(HttpContext context)
    {
        var scope = services.CreateAsyncScope();
        var ending = new CancellationTokenSource(Patience, time);
        var copy = RequestCopy.Of(context, scope.ServiceProvider, ending.Token);
        try
        {
            return await Task.Run(AskCopyAsync, CancellationToken.None).WaitAsync(Patience, time, context.RequestAborted).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            return false; // The caller has gone.
        }
        catch (TimeoutException e)
        {
            log.CannotAuthenticate(e);
            return false;
        }

        async Task<bool> AskCopyAsync()
        {
            try
            {
                return (await EvaluateAsync(copy).ConfigureAwait(false)).Result.Succeeded;
            }
            catch (Exception e)
            {
                log.CannotAuthenticate(e);
                return false;
            }
            finally
            {
                await scope.DisposeAsync().ConfigureAwait(false);
                ending.Dispose();
            }
        }
    }

    private async Task<(AuthorizationPolicy Policy, PolicyAuthorizationResult Result)> EvaluateAsync(HttpContext context)
    {
        var policy = await PolicyAsync(services, options.DeepPolicy ?? "").ConfigureAwait(false)
            ?? throw new InvalidOperationException($"There is no authorization policy '{options.DeepPolicy}'.");
        var evaluator = context.RequestServices.GetRequiredService<IPolicyEvaluator>();
        if (policy.AuthenticationSchemes.Count == 0)
            await AuthenticateAsync(context).ConfigureAwait(false);
        var authenticated = await evaluator.AuthenticateAsync(policy, context).ConfigureAwait(false);
        return (policy, await evaluator.AuthorizeAsync(policy, authenticated, context, context).ConfigureAwait(false));
    }

    /// <summary>What the application's authentication would have done, had the request got as far: a policy that names no scheme goes by the user it left.</summary>
    private static async Task AuthenticateAsync(HttpContext context)
    {
        if (context.RequestServices.GetService<IAuthenticationSchemeProvider>() is not { } schemes
            || await schemes.GetDefaultAuthenticateSchemeAsync().ConfigureAwait(false) is not { } scheme)
            return;
        var result = await context.AuthenticateAsync(scheme.Name).ConfigureAwait(false);
        if (result.Succeeded)
            context.User = result.Principal;
    }

    /// <summary>Either header will do: what a proxy puts into one must not hide the other.</summary>
    private bool HasKey(IHeaderDictionary headers) =>
        IsKey(headers[KeyHeader])
        || (string?)headers.Authorization is { } authorization && authorization.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase) && IsKey(authorization[Scheme.Length..].Trim());

    private bool IsKey(string? sent) => sent is { Length: > 0 } && CryptographicOperations.FixedTimeEquals(Hash(sent), _key);

    private static bool IsAt(string path, string fullPath) => path == fullPath || Path.GetFullPath(path) == fullPath;

    private static bool IsThisMachine(HttpContext context)
    {
        foreach (var header in ForwardedHeaders)
        {
            if (context.Request.Headers.ContainsKey(header))
                return false;
        }

        return context.Connection.RemoteIpAddress is not { } remote || IPAddress.IsLoopback(remote); // None: a unix socket, or no network at all.
    }

    // Of equal length, whatever was sent: comparing then takes the same time.
    private static byte[] Hash(string key) => SHA256.HashData(Encoding.UTF8.GetBytes(key));
}
