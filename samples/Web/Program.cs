using Microsoft.AspNetCore.Antiforgery;
using Resilience.Client;
using Resilience.Health;
using Samples;
using Web;
using Web.Components;

// "Web --health-check" asks the running site how it is and ends with 0 or 1.
if (HealthProbe.TryRun(args, out var exitCode, "http://localhost:5080/health/ready")) return exitCode;

var builder = WebApplication.CreateBuilder(args);
builder.Configuration["urls"] ??= "http://localhost:5080";
builder.Logging.AddJsonLines(); // in production: appsettings.Production.json

builder.Services.AddRazorComponents();
builder.Services.AddResilientBackend<ApiClient>("api"); // address and timeout: Backends:api in appsettings.json
builder.Services.AddHealthEndpoints();
builder.Services.AddHealthChecks().AddBackendCheck("api", tags: [CheckTags.Startup]); // degraded while the Api is away: pages wait, and the site stays in service

// Yet it does not start without: until the Api has answered, pages are 503. StartupGate:Checks:api:Required in appsettings.json says so.
builder.Services.AddStartupGate();
builder.Services.AddSystemdNotify(); // nothing elsewhere

var app = builder.Build();
app.MapHealth(options => options.Deep = options.StatusPage = app.Environment.IsDevelopment());
app.MapMetrics(); // for Prometheus, at /metrics: keep it from the outside, at the proxy
app.UseExceptionHandler(new ExceptionHandlerOptions
{
    ExceptionHandlingPath = "/error",
    CreateScopeForErrors = true,
    StatusCodeSelector = error => error is BackendException ? StatusCodes.Status503ServiceUnavailable : StatusCodes.Status500InternalServerError,
    SuppressDiagnosticsCallback = failure => failure.Exception is BackendException, // the error page logs it, in a line
});
app.UseStatusCodePagesWithReExecute("/error", createScopeForStatusCodePages: true);
app.UseAntiforgery();
app.Use((context, next) =>
{
    if (context.Features.Get<IAntiforgeryValidationFeature>() is not { IsValid: false }) return next(context);

    context.Response.Redirect("/"); // a form from before this site's own restart: hand out a fresh one
    return Task.CompletedTask;
});
app.MapRazorComponents<App>();
app.Run();
return 0;
