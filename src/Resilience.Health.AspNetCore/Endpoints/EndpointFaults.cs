using System.Globalization;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authorization.Policy;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Resilience.Health.AspNetCore;

/// <summary>Marks our endpoints among all others.</summary>
internal sealed record HealthEndpointMetadata(HealthSite Site, HealthPath Path);

/// <summary>What is wrong with the endpoints, found when the host starts and all others are mapped.</summary>
internal sealed class EndpointFaults(
    string basePath, HealthEndpointOptions options, IReadOnlyList<HealthPath> paths, IEndpointRouteBuilder endpoints, IHostEnvironment environment, bool hasFront)
{
    private const int ShortestKey = 16;

    public IEnumerable<string> Find() => Protection().Concat(Policy()).Concat(Values()).Concat(Management()).Concat(Clashes());

    private IEnumerable<string> Protection()
    {
        var isProtected = options.DeepPolicy is not null || options.ApiKey is not null || options.ManagementPort is not null || options.ManagementSocket is not null;
        if (paths.FirstOrDefault(path => path.IsForTrusted) is { } open && !isProtected && !environment.IsDevelopment())
        {
            yield return $"{open.Path} shows details and is open to anybody: set DeepPolicy, ApiKey or ManagementPort in MapHealth(\"{basePath}\", options => …), "
                + $"or {(open.Question == HealthQuestion.StatusPage ? nameof(options.StatusPage) : nameof(options.Deep))} = false if you do not want it.";
        }
    }

    private IEnumerable<string> Policy()
    {
        if (options.DeepPolicy is not { } name)
            yield break;
        var services = endpoints.ServiceProvider;
        if (services.GetService<IPolicyEvaluator>() is null)
            yield return $"MapHealth(\"{basePath}\") has DeepPolicy '{name}', but there is no authorization: call builder.Services.AddAuthorization().";
        else if (Admission.PolicyAsync(services, name).GetAwaiter().GetResult() is not { } policy) // Once, at start.
            yield return $"MapHealth(\"{basePath}\") has DeepPolicy '{name}', which does not exist: add it in AddAuthorization, or correct the name.";
        else if (services.GetService<IAuthenticationSchemeProvider>() is not { } schemes)
            yield return $"MapHealth(\"{basePath}\") has DeepPolicy '{name}', but there is no authentication: call builder.Services.AddAuthentication() with a scheme.";
        else if (policy.AuthenticationSchemes.Count == 0 && schemes.GetDefaultChallengeSchemeAsync().GetAwaiter().GetResult() is null)
            yield return $"MapHealth(\"{basePath}\") has DeepPolicy '{name}', but nothing to refuse callers with: name a default scheme in AddAuthentication, or schemes in the policy.";
        else if (policy.AuthenticationSchemes.FirstOrDefault(scheme => schemes.GetSchemeAsync(scheme).GetAwaiter().GetResult() is null) is { } unknown)
            yield return $"MapHealth(\"{basePath}\") has DeepPolicy '{name}', whose authentication scheme '{unknown}' does not exist: add it after AddAuthentication.";
    }

    private IEnumerable<string> Values()
    {
        if (options.ApiKey is { Length: < ShortestKey })
            yield return $"MapHealth(\"{basePath}\") has an ApiKey of {options.ApiKey.Length} characters but it must have at least {ShortestKey}: make a longer one, at random.";
        if (options.ManagementPort is < 1 or > 65535)
            yield return string.Create(CultureInfo.InvariantCulture, $"MapHealth(\"{basePath}\") has ManagementPort {options.ManagementPort} but it must be from 1 to 65535.");
    }

    private IEnumerable<string> Management()
    {
        var first = options.ManagementPort is not null ? nameof(options.ManagementPort) : options.ManagementSocket is not null ? nameof(options.ManagementSocket) : null;
        if (first is not null && !hasFront)
            yield return $"MapHealth(\"{basePath}\"): {first} needs builder.Services.AddHealthEndpoints() before builder.Build(), so that nothing else is served there.";
        foreach (var path in options.ManagementPaths.Where(path => !path.StartsWith('/') || path.All(letter => letter == '/')))
            yield return $"MapHealth(\"{basePath}\") has '{path}' among ManagementPaths but each must begin with / and go on.";
        if (options.ManagementPaths.Any(path => path != HealthEndpointOptions.DefaultManagementPath) && options.ManagementPort is null && options.ManagementSocket is null)
            yield return $"MapHealth(\"{basePath}\") has ManagementPaths but no ManagementPort to serve them at: set it, or remove them.";
    }

    private IEnumerable<string> Clashes()
    {
        foreach (var twice in paths.GroupBy(path => path.Path, StringComparer.OrdinalIgnoreCase).Where(twice => twice.Count() > 1))
            yield return $"{twice.Key} is mapped twice by MapHealth(\"{basePath}\"): rename the group or alias.";
        var others =
            from source in endpoints.DataSources
            from endpoint in source.Endpoints.OfType<RouteEndpoint>()
            let pattern = "/" + endpoint.RoutePattern.RawText?.Trim('/')
            where paths.Any(path => path.Path.Equals(pattern, StringComparison.OrdinalIgnoreCase))
            group endpoint by pattern.ToUpperInvariant();
        foreach (var clash in others)
        {
            var path = paths.First(path => path.Path.Equals(clash.Key, StringComparison.OrdinalIgnoreCase)).Path;
            if (clash.FirstOrDefault(endpoint => endpoint.Metadata.GetMetadata<HealthEndpointMetadata>() is null) is { } stranger)
                yield return $"{path} is mapped both by MapHealth(\"{basePath}\") and as '{stranger.DisplayName}': remove one, or give MapHealth another base path.";
            else if (clash.Count() > 1 && !paths.GroupBy(path => path.Path, StringComparer.OrdinalIgnoreCase).Any(twice => twice.Count() > 1))
                yield return $"{path} is mapped by MapHealth(\"{basePath}\") and by another MapHealth: give one of them another base path.";
        }
    }
}
