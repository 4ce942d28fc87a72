using System.Text.Json;

namespace Resilience.Client;

/// <summary>Problem details (RFC 9457) of an answer that is not success.</summary>
public sealed class BackendProblem
{
    private BackendProblem(JsonElement root)
    {
        Type = Text(root, "type");
        Title = Text(root, "title");
        Detail = Text(root, "detail");
        Instance = Text(root, "instance");
        Status = root.TryGetProperty("status", out var status) && status.ValueKind == JsonValueKind.Number && status.TryGetInt32(out var number) ? number : null;
        Errors = ErrorsOf(root);
    }

    /// <summary>A URI that names the kind of problem.</summary>
    public string? Type { get; }

    /// <summary>The kind of problem in words.</summary>
    public string? Title { get; }

    /// <summary>The status as the body gives it.</summary>
    public int? Status { get; }

    /// <summary>What went wrong this time.</summary>
    public string? Detail { get; }

    /// <summary>A URI that names this occurrence.</summary>
    public string? Instance { get; }

    /// <summary>Messages by field, as ASP.NET Core's validation problems have them; empty if there are none.</summary>
    public IReadOnlyDictionary<string, string[]> Errors { get; }

    internal static BackendProblem? Parse(ReadOnlyMemory<byte> body)
    {
        try
        {
            using var document = JsonDocument.Parse(body);
            return document.RootElement.ValueKind == JsonValueKind.Object ? new(document.RootElement) : null;
        }
        catch (JsonException)
        {
            return null; // An answer without details is an answer still.
        }
    }

    private static string? Text(JsonElement root, string name) =>
        root.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    private static Dictionary<string, string[]> ErrorsOf(JsonElement root)
    {
        var errors = new Dictionary<string, string[]>(StringComparer.Ordinal);
        if (!root.TryGetProperty("errors", out var fields) || fields.ValueKind != JsonValueKind.Object)
            return errors;
        foreach (var field in fields.EnumerateObject().Where(field => field.Value.ValueKind == JsonValueKind.Array))
        {
            errors[field.Name] = [.. field.Value.EnumerateArray()
                .Where(message => message.ValueKind == JsonValueKind.String).Select(message => message.GetString() ?? "")];
        }

        return errors;
    }
}
