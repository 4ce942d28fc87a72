// Measures the project against bare clients, Polly and a loop written by hand. Without arguments it lists its commands.
//
//   dotnet run -c Release --project benchmarks/Resilience.Benchmarks -- COMMAND
//
// Absolute figures are this machine's; the ratios are the claim.
using System.Globalization;
using Resilience.Benchmarks;

if (args is ["serve", var kind, var port])
    return await Serving.RunAsync(kind, int.Parse(port, CultureInfo.InvariantCulture));
return await Commands.RunAsync(args);
