using Microsoft.AspNetCore.Antiforgery;
using Resilience.Client;
using Web;
using Web.Components;

var builder = WebApplication.CreateBuilder(args);
builder.Configuration["urls"] ??= "http://localhost:5080";

builder.Services.AddRazorComponents();
builder.Services.AddResilientBackend<ApiClient>("api"); // address and timeout: Backends:api in appsettings.json

var app = builder.Build();
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
