using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Authorization.Policy;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http;
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
internal sealed class Admission(HealthEndpointOptions options, IServiceProvider services, IHostEnvironment environment)
{
    private const string Scheme = "Bearer ", KeyHeader = "X-Api-Key";

    private readonly byte[]? _key = options.ApiKey is { } key ? Hash(key) : null;

    public bool HasManagement { get; } = options.ManagementPort is not null || options.ManagementSocket is not null;

    private bool IsOpenToThisMachine => environment.IsDevelopment() && !HasManagement && options.DeepPolicy is null && _key is null;

    /// <summary>Whether a request came in by the management port or socket. What it says in its headers does not count.</summary>
    public bool IsManagement(HttpContext context) =>
        options.ManagementPort is { } port && context.Connection.LocalPort == port
        || options.ManagementSocket is { } path && context.Features.Get<IConnectionSocketFeature>()?.Socket.LocalEndPoint is UnixDomainSocketEndPoint socket && socket.ToString() == path;

    /// <summary>Whether details may be shown to a caller who did not ask for them; never answers, and asks the policy only where credentials were sent.</summary>
    public ValueTask<bool> MaySeeMoreAsync(HttpContext context)
    {
        if (IsAdmittedAtOnce(context))
            return new(true);
        return options.DeepPolicy is null || !HasCredentials(context.Request.Headers) ? new(false) : AskAsync();

        async ValueTask<bool> AskAsync() => (await EvaluateAsync(context).ConfigureAwait(false)).Result.Succeeded;
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

    private bool IsAdmittedAtOnce(HttpContext context) =>
        HasManagement && IsManagement(context)
        || _key is not null && HasKey(context.Request.Headers)
        || IsOpenToThisMachine && IsThisMachine(context.Connection);

    private async Task<(AuthorizationPolicy Policy, PolicyAuthorizationResult Result)> EvaluateAsync(HttpContext context)
    {
        var policy = await PolicyAsync(services, options.DeepPolicy ?? "").ConfigureAwait(false)
            ?? throw new InvalidOperationException($"There is no authorization policy '{options.DeepPolicy}'.");
        var evaluator = context.RequestServices.GetRequiredService<IPolicyEvaluator>();
        if (policy.AuthenticationSchemes.Count == 0)
            await AuthenticateAsync(context).ConfigureAwait(false);
        var authenticated = await evaluator.AuthenticateAsync(policy, context).ConfigureAwait(false);
        return (policy, await evaluator.AuthorizeAsync(policy, authenticated, context, context.GetEndpoint()).ConfigureAwait(false));
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

    private bool HasKey(IHeaderDictionary headers)
    {
        var sent = (string?)headers[KeyHeader];
        if (sent is null && (string?)headers.Authorization is { } authorization && authorization.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase))
            sent = authorization[Scheme.Length..].Trim();
        return sent is { Length: > 0 } && CryptographicOperations.FixedTimeEquals(Hash(sent), _key);
    }

    private static bool HasCredentials(IHeaderDictionary headers) => headers.ContainsKey(HeaderNames.Authorization) || headers.ContainsKey(HeaderNames.Cookie);

    private static bool IsThisMachine(ConnectionInfo connection) =>
        connection.RemoteIpAddress is not { } remote || IPAddress.IsLoopback(remote); // None: a unix socket, or no network at all.

    // Of equal length, whatever was sent: comparing then takes the same time.
    private static byte[] Hash(string key) => SHA256.HashData(Encoding.UTF8.GetBytes(key));
}
