// How fast health endpoints answer, against an endpoint that returns a constant, in the same run and process.
//
//   dotnet run -c Release --project benchmarks/Resilience.Benchmarks [-- ROUNDS SECONDS CONNECTIONS]
//
// Prints a table of medians over interleaved rounds. Absolute figures are this machine's; the ratios are the claim.
using System.Diagnostics;
using System.Globalization;
using Resilience.Benchmarks;

if (args is ["serve", var port])
    return await HealthServer.RunAsync(int.Parse(port, CultureInfo.InvariantCulture));

var rounds = args.Length > 0 ? int.Parse(args[0], CultureInfo.InvariantCulture) : 9;
var length = TimeSpan.FromSeconds(args.Length > 1 ? double.Parse(args[1], CultureInfo.InvariantCulture) : 2);
var connections = args.Length > 2 ? int.Parse(args[2], CultureInfo.InvariantCulture) : 32;

const int Port = 18_480;
using var server = Process.Start(new ProcessStartInfo("dotnet", [typeof(Load).Assembly.Location, "serve", $"{Port}"]) { RedirectStandardInput = true })
    ?? throw new InvalidOperationException("The server did not start.");
try
{
    Target[] targets = [
        new("MapGet of a constant", Port, "/constant"),
        new("MapHealth: /health", Port, "/health"),
        new("MapHealth: /health/ready", Port, "/health/ready"),
        new("MapHealthChecks, one check of 5 ms", Port + 1, "/health")];
    var loads = new List<Load>();
    foreach (var target in targets)
        loads.Add(await Load.ConnectAsync(target, connections));

    for (var round = -1; round < rounds; round++) // The first one warms up.
    {
        var constant = 0.0;
        foreach (var load in loads)
        {
            var perSecond = await load.RunAsync(length);
            constant = load == loads[0] ? perSecond : constant;
            if (round >= 0)
                load.Rounds.Add((perSecond, perSecond / constant));
        }
    }

    Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{rounds} interleaved rounds of {length.TotalSeconds} s, {connections} connections, {Environment.ProcessorCount} cores, .NET {Environment.Version}"));
    Console.WriteLine("| endpoint | answers/s, median | of the constant, median | quartiles |");
    Console.WriteLine("| --- | ---: | ---: | --- |");
    foreach (var load in loads)
        Console.WriteLine(load.Row());
    return 0;
}
finally
{
    server.Kill();
}
