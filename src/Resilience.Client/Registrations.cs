using System.Collections.Immutable;
using Microsoft.Extensions.DependencyInjection;

namespace Resilience.Client;

/// <summary>
/// What <c>AddResilientBackend</c> and <c>AddBackendCheck</c> were called for, in one service however many: a service for each would be looked through for each.
/// Never changed but replaced, so that copies of a collection, and providers built from it already, keep what they have.
/// </summary>
internal sealed record Registrations
{
    /// <summary>The backends' names, as registered first.</summary>
    public ImmutableList<string> Names { get; private init; } = [];

    /// <summary>Which backend a typed client is for.</summary>
    public ImmutableDictionary<Type, string> Clients { get; private init; } = ImmutableDictionary<Type, string>.Empty;

    /// <summary>The backends' checks, by backend, and as registered first.</summary>
    public ImmutableDictionary<string, BackendCheckRegistration> ChecksByBackend { get; private init; } = ImmutableDictionary.Create<string, BackendCheckRegistration>(StringComparer.Ordinal);

    public ImmutableList<BackendCheckRegistration> Checks { get; private init; } = [];

    private ImmutableHashSet<string> Known { get; init; } = ImmutableHashSet.Create<string>(StringComparer.Ordinal);

    public bool Contains(string backend) => Known.Contains(backend);

    public Registrations With(string backend) => this with { Names = Names.Add(backend), Known = Known.Add(backend) };

    public Registrations With(Type client, string backend) => this with { Clients = Clients.Add(client, backend) };

    public Registrations With(BackendCheckRegistration check) => this with { ChecksByBackend = ChecksByBackend.Add(check.Backend, check), Checks = Checks.Add(check) };

    /// <summary>Those of a collection. Looked for from its beginning: where there are many backends, most of the collection comes after it.</summary>
    /// <returns>Null if there are none yet.</returns>
    public static Registrations? In(IServiceCollection services) => Find(services) is >= 0 and var place ? (Registrations?)services[place].ImplementationInstance : null;

    public void PutInto(IServiceCollection services)
    {
        var service = ServiceDescriptor.Singleton(this);
        if (Find(services) is >= 0 and var place)
            services[place] = service;
        else
            services.Add(service);
    }

    private static int Find(IServiceCollection services)
    {
        for (var place = 0; place < services.Count; place++)
        {
            if (services[place].ServiceType == typeof(Registrations))
                return place;
        }

        return -1;
    }
}
