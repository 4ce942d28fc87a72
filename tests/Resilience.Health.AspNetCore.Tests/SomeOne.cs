using System.Security.Claims;
using System.Text.Encodings.Web;
using Microsoft.AspNetCore.Authentication;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Resilience.Health.AspNetCore.Tests;

/// <summary>Authentication that believes what it is told.</summary>
internal sealed class SomeOne(
    IOptionsMonitor<AuthenticationSchemeOptions> options, ILoggerFactory logger, UrlEncoder encoder)
    : AuthenticationHandler<AuthenticationSchemeOptions>(options, logger, encoder)
{
    public const string Name = "SomeOne", Header = "X-Test-User";

    public const string Throws = "throws", Hangs = "hangs";

    protected override async Task<AuthenticateResult> HandleAuthenticateAsync()
    {
        var user = (string?)Request.Headers[Header];
        if (user == Throws)
            throw new TimeoutException("idp.internal did not answer.");
        if (user == Hangs)
            await new TaskCompletionSource().Task;
        return user is null ? AuthenticateResult.NoResult() : AuthenticateResult.Success(new(new(new ClaimsIdentity([new("name", user)], Name)), Name));
    }
}
