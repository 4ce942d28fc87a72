namespace Resilience.Health;

/// <summary>The codes with which one check has failed, as many as a tag may take: a check that makes them up must not fill what stores them. Not thread-safe: of the check's own loop.</summary>
internal sealed class ErrorCodes
{
    public const int Most = 20;
    public const string Other = "other";

    private readonly HashSet<string> _codes = [];

    public string Bounded(string code) => _codes.Contains(code) || _codes.Count < Most && _codes.Add(code) ? code : Other;
}
