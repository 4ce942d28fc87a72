using Microsoft.Extensions.Options;

namespace Resilience.Client;

/// <summary>Nothing but a name for the platform's validation, which runs before any hosted service: one that holds the start would hide what is faulty.</summary>
internal sealed class StartupFaults;

/// <summary>What stops the host at once: faulty options, all of them in one message, and checks of unknown backends.</summary>
internal sealed class StartupValidation(BackendRegistry backends, Registrations registered) : IValidateOptions<StartupFaults>
{
    public ValidateOptionsResult Validate(string? name, StartupFaults options)
    {
        backends.Validate();
        foreach (var check in registered.Checks.Where(check => !registered.Contains(check.Backend)))
        {
            throw new InvalidOperationException(
                $"AddBackendCheck(\"{check.Backend}\") names a backend that does not exist; AddResilientBackend was called for "
                + $"{string.Join(", ", registered.Names)}.");
        }

        return ValidateOptionsResult.Success;
    }
}
