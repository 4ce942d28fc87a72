using System.ComponentModel.DataAnnotations;
using Api;
using Microsoft.AspNetCore.Mvc;

var builder = WebApplication.CreateSlimBuilder(args);
builder.Configuration["urls"] ??= "http://localhost:5081";

builder.Services.AddProblemDetails();
builder.Services.AddValidation(); // checks the attributes below; what fails is a 400 with problem details
builder.Services.AddSingleton<RoundStore>();

var app = builder.Build();
if (app.Environment.IsEnvironment("Demo")) new Faults().AddTo(app);
app.UseExceptionHandler();
app.UseStatusCodePages();

// Resilience.Health.AspNetCore's MapHealth() will replace this.
app.MapGet("/health/ready", (RoundStore rounds) => rounds.CanOpen()
    ? Results.Ok(new { Status = "ok" })
    : Results.Json(new { Status = "unavailable" }, statusCode: StatusCodes.Status503ServiceUnavailable));

// With an Idempotency-Key a client may send the same round again, and gets the one that was played.
app.MapPost("/rounds", (
    NewRound wanted,
    [FromHeader(Name = "Idempotency-Key"), StringLength(100, MinimumLength = 1)] string? key,
    RoundStore rounds) =>
{
    var player = wanted.Player.Trim();
    var house = Game.Moves[Random.Shared.Next(Game.Moves.Length)];
    var round = rounds.Play(player, wanted.Move, house, key);

    return (round.Player, round.Move) == (player, wanted.Move)
        ? Results.Created($"/rounds/{round.Id}", round)
        : Results.Problem("This Idempotency-Key belongs to another round.", statusCode: StatusCodes.Status422UnprocessableEntity);
});

app.MapGet("/rounds/{id:long}", (long id, RoundStore rounds) =>
    rounds.Find(id) is { } round ? Results.Ok(round) : Results.NotFound());

app.MapGet("/rounds", (
    [StringLength(20, ErrorMessage = "A name has at most 20 characters.")] string? player,
    [Range(1, 100)] int? take,
    RoundStore rounds) => rounds.History(player, take ?? 20));

app.MapGet("/leaderboard", (RoundStore rounds) => rounds.Leaderboard());

app.Services.GetRequiredService<RoundStore>(); // a database that cannot be opened shows at start
app.Run();
