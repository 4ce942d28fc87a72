using System.ComponentModel.DataAnnotations;
using System.Data.Common;
using Api;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Logging.Console;
using Npgsql;
using Resilience.Health;
using Samples;

// "Api --health-check" asks the running Api how it is and ends with 0 or 1. First of all, so that it costs next to nothing.
if (HealthProbe.TryRun(args, out var exitCode, "http://localhost:5081/api/health/ready")) return exitCode;

var builder = WebApplication.CreateSlimBuilder(args);
builder.Configuration["urls"] ??= "http://localhost:5081";

builder.Logging.AddJsonLines(); // in production: appsettings.Production.json
if (builder.Configuration["Logging:Console:FormatterName"] is { } format) // the slim builder does not look
    builder.Services.Configure<ConsoleLoggerOptions>(options => options.FormatterName = format);

builder.Services.AddProblemDetails();
builder.Services.AddValidation(); // checks the attributes below; what fails is a 400 with problem details

// Options: the section "Health". In the demo a faulty Api's health endpoints are faulty too, and so must not stand before its faults.
if (builder.Environment.IsEnvironment("Demo")) builder.Services.AddHealthEvaluator();
else builder.Services.AddHealthEndpoints();

var checks = builder.Services.AddHealthChecks().AddDiskCheck("disk").AddMemoryCheck("memory", failureStatus: HealthStatus.Degraded);
if (builder.Configuration.GetConnectionString("Redis") is { Length: > 0 } redis)
    checks.AddRedisCheck("redis", redis, failureStatus: HealthStatus.Degraded, tags: [CheckTags.Startup]);
if (builder.Configuration.GetConnectionString("Postgres") is { Length: > 0 } postgres)
{
    checks.AddPostgresCheck("postgres", tags: [CheckTags.Startup]);
    builder.Services.AddSingleton(_ => Open(postgres));
    builder.Services.AddSingleton<IRounds, PostgresRounds>();
    builder.Services.AddHostedService<PostgresSchema>();
}
else
{
    builder.Services.AddSingleton<IRounds, SqliteRounds>();
    builder.Services.AddSingleton<SqliteCheck>().AddHostedService(services => services.GetRequiredService<SqliteCheck>());
    checks.AddCheck<SqliteCheck>("sqlite", tags: [CheckTags.Startup]);
}

// Until what is tagged "startup" has answered, health says so and everything else is 503; if it takes too long, the process ends with 69. Options: the section "StartupGate".
builder.Services.AddStartupGate();
builder.Services.AddSystemdNotify(); // nothing elsewhere

var app = builder.Build();
if (app.Environment.IsEnvironment("Demo"))
{
    new Faults().AddTo(app);
    app.UseRouting(); // after them, and with it the health endpoints
}

// Details only at the port "ManagementPort", if there is one: add it to "urls" as well.
app.MapHealth("/api/health", options =>
{
    options.ManagementPort = app.Configuration.GetValue<int?>("ManagementPort");
    options.Deep = options.StatusPage = options.ManagementPort is not null || app.Environment.IsDevelopment();
    options.Aliases["/api/status"] = ""; // where the dashboards of old look
});
app.MapMetrics(); // for Prometheus, at /metrics; at the management port only, if there is one
app.UseExceptionHandler(new ExceptionHandlerOptions
{
    StatusCodeSelector = e => e switch
    {
        // A database that is away comes back, and its tables with it: clients may try again.
        DbException { IsTransient: true } or PostgresException { SqlState: PostgresErrorCodes.UndefinedTable } => StatusCodes.Status503ServiceUnavailable,
        PostgresException { SqlState: PostgresErrorCodes.CharacterNotInRepertoire } => StatusCodes.Status400BadRequest, // U+0000 in a text
        _ => StatusCodes.Status500InternalServerError,
    },
});
app.UseStatusCodePages();

// With an Idempotency-Key a client may send the same round again, and gets the one that was played.
app.MapPost("/rounds", async (
    NewRound wanted,
    [FromHeader(Name = "Idempotency-Key"), StringLength(100, MinimumLength = 1)] string? key,
    IRounds rounds) =>
{
    var player = wanted.Player.Trim();
    var house = Game.Moves[Random.Shared.Next(Game.Moves.Length)];
    var round = await rounds.PlayAsync(player, wanted.Move, house, key);

    return (round.Player, round.Move) == (player, wanted.Move)
        ? Results.Created($"/rounds/{round.Id}", round)
        : Results.Problem("This Idempotency-Key belongs to another round.", statusCode: StatusCodes.Status422UnprocessableEntity);
});

app.MapGet("/rounds/{id:long}", async (long id, IRounds rounds) =>
    await rounds.FindAsync(id) is { } round ? Results.Ok(round) : Results.NotFound());

app.MapGet("/rounds", (
    [StringLength(20, ErrorMessage = "A name has at most 20 characters.")] string? player,
    [Range(1, 100)] int? take,
    IRounds rounds) => rounds.HistoryAsync(player, take ?? 20));

app.MapGet("/leaderboard", (IRounds rounds) => rounds.LeaderboardAsync());

app.Services.GetRequiredService<IRounds>(); // a file that cannot be opened shows at start
app.Run();
return 0;

static NpgsqlDataSource Open(string connectionString)
{
    try
    {
        return NpgsqlDataSource.Create(connectionString);
    }
    catch (ArgumentException) // whose message repeats what follows a semicolon in a password
    {
        throw new InvalidOperationException("ConnectionStrings:Postgres cannot be used: write it as Host=…;Username=…;Password=…;Database=…, values with a semicolon in quotes.");
    }
}
