using System.Globalization;
using Microsoft.Extensions.Options;

namespace Resilience.Client;

/// <summary>The bounds of every option, and which go together. Says all faults at once, each with key, value, bound and fix.</summary>
internal sealed class OptionsValidator(Registrations registered, AwaitedBackends awaited) : IValidateOptions<BackendOptions>
{
    private static readonly TimeSpan Hour = TimeSpan.FromHours(1), Tick = InFlight.Tick;

    public ValidateOptionsResult Validate(string? name, BackendOptions options)
    {
        if (name is null || !registered.Contains(name))
            return ValidateOptionsResult.Skip;
        var faults = new Faults(name, options.ReadFaults);
        Address(options, faults);
        Time("Timeout", options.Timeout, Tick, Hour, faults);
        Time("AttemptTimeout", options.AttemptTimeout, Tick, Hour, faults);
        Time("ConnectTimeout", options.ConnectTimeout, Tick, Hour, faults);
        if (options.ConnectTimeout > options.AttemptTimeout)
        {
            faults.Add("ConnectTimeout", options.ConnectTimeout, $"at most AttemptTimeout ({options.AttemptTimeout})",
                "lower it, or raise AttemptTimeout");
        }

        Number("MaxReplayBody", options.MaxReplayBody, 0, 16 * 1024 * 1024, faults);
        Number("MaxResponseBody", options.MaxResponseBody, 1, int.MaxValue, faults);
        Retry(options.Retry, faults);
        Fraction("Budget:Ratio", options.Budget.Ratio, 0, 10, faults);
        Number("Budget:Floor", options.Budget.Floor, 0, 1000, faults);
        Time("Budget:Window", options.Budget.Window, TimeSpan.FromSeconds(1), TimeSpan.FromMinutes(5), faults);
        Circuit(options.Circuit, faults);
        Choice("Recovery:WhenDown", options.Recovery.WhenDown, faults);
        Number("Recovery:MaxWaiting", options.Recovery.MaxWaiting, 1, 1_000_000, faults);
        var path = options.Recovery.ProbePath;
        if (path is null || path.Length > 0 && (path[0] != '/' || path.StartsWith("//", StringComparison.Ordinal) || !Uri.IsWellFormedUriString(path, UriKind.Relative)))
            faults.Add("Recovery:ProbePath", path ?? "null", "empty or a path that begins with one /", "for example /health/ready");
        else if (path.Length == 0 && awaited.Contains(name))
            faults.Add("Recovery:ProbePath", "empty", $"a path, because the check of this backend is tagged {StartupWait.Tag} and the start cannot wait for what it may not ask", "set one that is answered cheaply, such as /, or leave the tag out");
        Concurrency(options.Concurrency, faults);
        return faults.Count == 0
            ? ValidateOptionsResult.Success
            : ValidateOptionsResult.Fail($"Backend '{name}' cannot be used as configured:{string.Concat(faults.Select(fault => "\n  - " + fault))}");
    }

    private static void Address(BackendOptions options, Faults faults)
    {
        var address = options.Address;
        if (address is null)
        {
            // Not read at all is another fault than not there, and is in the list already.
            if (!faults.Exists(fault => fault.Contains(":Address", StringComparison.Ordinal)))
                faults.Add($"{faults.Key("Address")} is required: an absolute http or https URI, for example http://localhost:5081{options.AddressHint}");
        }
        else if (!address.IsAbsoluteUri || address.Scheme != Uri.UriSchemeHttp && address.Scheme != Uri.UriSchemeHttps)
        {
            faults.Add("Address", address.IsAbsoluteUri ? address.Scheme + ":…" : "a relative URI", "an absolute http or https URI", "begin it with http:// or https://");
        }
        else if (address.UserInfo.Length > 0 || address.Query.Length > 0 || address.Fragment.Length > 0)
        {
            // Not shown: it may hold a password.
            faults.Add($"{faults.Key("Address")} has user info, a query or a fragment but must have none: send credentials in a header.");
        }
    }

    private static void Retry(RetryOptions retry, Faults faults)
    {
        Number("Retry:MaxRetries", retry.MaxRetries, 0, 10, faults);
        Time("Retry:BaseDelay", retry.BaseDelay, TimeSpan.Zero, Hour, faults);
        Time("Retry:MaxDelay", retry.MaxDelay, TimeSpan.Zero, Hour, faults);
        if (retry.BaseDelay > retry.MaxDelay)
            faults.Add("Retry:BaseDelay", retry.BaseDelay, $"at most Retry:MaxDelay ({retry.MaxDelay})", "lower it, or raise Retry:MaxDelay");
        Choice("Retry:Jitter", retry.Jitter, faults);
        Choice("Retry:UnsafeMethods", retry.UnsafeMethods, faults);
        foreach (var code in retry.StatusCodes.Where(code => code is < 400 or > 599))
            faults.Add("Retry:StatusCodes", code, "from 400 to 599", "remove it");
    }

    private static void Circuit(CircuitOptions circuit, Faults faults)
    {
        if (!(circuit.FailureRatio is > 0 and <= 1))
            faults.Add("Circuit:FailureRatio", circuit.FailureRatio, "more than 0 and at most 1", "for example 0.8");
        Number("Circuit:MinSamples", circuit.MinSamples, 2, 100_000, faults);
        Number("Circuit:MinFailures", circuit.MinFailures, 2, 100_000, faults);
        if (circuit.MinFailures >= circuit.MinSamples)
        {
            faults.Add("Circuit:MinFailures", circuit.MinFailures, $"less than Circuit:MinSamples ({circuit.MinSamples})",
                "lower it, or raise Circuit:MinSamples");
        }

        Time("Circuit:Window", circuit.Window, TimeSpan.FromSeconds(1), TimeSpan.FromMinutes(5), faults);
    }

    private static void Concurrency(ConcurrencyOptions concurrency, Faults faults)
    {
        Choice("Concurrency:Mode", concurrency.Mode, faults);
        Number("Concurrency:Max", concurrency.Max, 1, 100_000, faults);
        Number("Concurrency:Min", concurrency.Min, 1, 100_000, faults);
        if (concurrency.Mode == ConcurrencyMode.Adaptive && concurrency.Min > concurrency.Max)
            faults.Add("Concurrency:Min", concurrency.Min, $"at most Concurrency:Max ({concurrency.Max})", "lower it, or raise Concurrency:Max");
    }

    private static void Time(string key, TimeSpan value, TimeSpan low, TimeSpan high, Faults faults)
    {
        if (value < low || value > high)
            faults.Add(key, value, $"from {low} to {high}", "bring it within");
    }

    private static void Number(string key, int value, int low, int high, Faults faults)
    {
        if (value < low || value > high)
            faults.Add(key, value, string.Create(CultureInfo.InvariantCulture, $"from {low} to {high}"), "bring it within");
    }

    private static void Fraction(string key, double value, double low, double high, Faults faults)
    {
        if (!(value >= low && value <= high)) // NaN fails too.
            faults.Add(key, value, string.Create(CultureInfo.InvariantCulture, $"from {low} to {high}"), "bring it within");
    }

    private static void Choice<T>(string key, T value, Faults faults) where T : struct, Enum
    {
        if (!Enum.IsDefined(value))
            faults.Add(key, value, "one of " + string.Join(", ", Enum.GetNames<T>()), "pick one");
    }

    /// <summary>Those of one backend.</summary>
    private sealed class Faults(string backend, IEnumerable<string> whileReading) : List<string>(whileReading)
    {
        public void Add(string key, object value, string bound, string fix) =>
            Add(string.Create(CultureInfo.InvariantCulture, $"{Key(key)} is {value} but must be {bound}: {fix}."));

        public string Key(string key) => $"Backends:{backend}:{key}";
    }
}
