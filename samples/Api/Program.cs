using System.ComponentModel.DataAnnotations;
using System.Data.Common;
using Api;
using Microsoft.AspNetCore.Mvc;
using Npgsql;

var builder = WebApplication.CreateSlimBuilder(args);
builder.Configuration["urls"] ??= "http://localhost:5081";

builder.Services.AddProblemDetails();
builder.Services.AddValidation(); // checks the attributes below; what fails is a 400 with problem details
if (builder.Configuration.GetConnectionString("Postgres") is { Length: > 0 } postgres)
{
    builder.Services.AddSingleton(_ => NpgsqlDataSource.Create(postgres));
    builder.Services.AddSingleton<IRounds, PostgresRounds>();
    builder.Services.AddHostedService<PostgresSchema>();
}
else
{
    builder.Services.AddSingleton<IRounds, SqliteRounds>();
}

var app = builder.Build();
if (app.Environment.IsEnvironment("Demo")) new Faults().AddTo(app);
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

// Resilience.Health.AspNetCore's MapHealth() will replace this.
app.MapGet("/health/ready", async (IRounds rounds) => await rounds.CanOpenAsync()
    ? Results.Ok(new { Status = "ok" })
    : Results.Json(new { Status = "unavailable" }, statusCode: StatusCodes.Status503ServiceUnavailable));

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
