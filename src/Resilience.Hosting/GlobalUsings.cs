global using Microsoft.Extensions.Diagnostics.HealthChecks;
global using Resilience.Health;
