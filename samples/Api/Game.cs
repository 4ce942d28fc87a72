using System.ComponentModel.DataAnnotations;

namespace Api;

public sealed record NewRound(
    [Required(ErrorMessage = NewRound.NameWanted), StringLength(20, ErrorMessage = NewRound.NameWanted)] string Player,
    [Required(ErrorMessage = NewRound.MoveWanted), AllowedValues("rock", "paper", "scissors", ErrorMessage = NewRound.MoveWanted)] string Move)
{
    private const string NameWanted = "Give a name of 1 to 20 characters.";
    private const string MoveWanted = "Choose rock, paper or scissors.";
}

public sealed record Round(long Id, string Player, string Move, string House, string Result, DateTimeOffset PlayedAt);

public sealed record Standing(string Player, int Played, int Wins, int Score);

public static class Game
{
    /// <summary>Each move beats the one before it, the first beats the last.</summary>
    public static readonly string[] Moves = ["rock", "paper", "scissors"];

    public static string Judge(string move, string house) =>
        ((Array.IndexOf(Moves, move) - Array.IndexOf(Moves, house) + Moves.Length) % Moves.Length) switch
        {
            0 => "draw",
            1 => "win",
            _ => "lose",
        };

    public static int Points(string result) => result switch { "win" => 3, "draw" => 1, _ => 0 };
}
