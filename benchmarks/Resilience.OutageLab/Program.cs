// What outages cost callers, measured over real processes on loopback: a backend that is killed, frozen, overloaded or answers badly, and one process per
// client that calls it in an open loop (arrivals do not wait for answers; latency counts from the time a call was due).
//
//   dotnet run -c Release --project benchmarks/Resilience.OutageLab [-- OPTIONS]
//
//   --quick              the headline scenarios with bare, ours, standard and retry124, once each, in under two minutes (the default)
//   --full               all scenarios, three times each, clients in turns: medians and spread
//   --only a,b           these scenarios only (of the full set); --list names them
//   --clients x,y        these clients only
//   --repeat N           so often
//   --rate N             calls per second, in scenarios that do not have a rate of their own; up to 200 a second all clients run side by side
//   --aside              the same scenarios with other numbers: to check that nothing has been fitted to the first ones
//   --out DIR            where tables (results.md), figures (results.json) and pictures (NAME.svg) go; default artifacts/outage-lab
//   --plugin FILE.dll    more clients: each public class with
//                            public static IHttpClientBuilder Configure(IHttpClientBuilder builder)
//                        of that assembly is a client named like the class. The builder comes with the backend's address set; add handlers to it and return it.
//                        The assembly may bring its own dependencies beside it; those that this program has too are shared with it.
//
// The figures of a busy machine are worth little: run it where nothing else runs, and read the ratios within one run.
using Resilience.OutageLab;
using Resilience.OutageLab.Backend;
using Resilience.OutageLab.Caller;
using Resilience.OutageLab.Conduct;

if (args is [Roles.Backend or Roles.Caller or Roles.Forwarder, var plan])
{
    Child.DieWithParent();
    return args[0] switch
    {
        Roles.Backend => await BackendProgram.RunAsync(plan),
        Roles.Caller => await CallerProgram.RunAsync(plan),
        _ => await Forwarder.RunAsync(plan),
    };
}

try
{
    return await Conductor.RunAsync(CommandLine.Parse(args));
}
catch (ArgumentException e)
{
    Console.Error.WriteLine(e.Message);
    return 2;
}
