global using Microsoft.Extensions.Diagnostics.HealthChecks;
