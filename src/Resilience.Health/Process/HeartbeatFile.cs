namespace Resilience.Health;

/// <summary>How a service without HTTP shows how it is: a file.</summary>
internal static class HeartbeatFile
{
    public static string? Write(string path, bool ready, string word, TimeSpan validFor)
    {
        File.WriteAllText(path, $"{(ready ? "ready" : "not-ready")} {(int)validFor.TotalSeconds} {word}\n");
        return null;
    }

    public static void Remove(string path) => File.Delete(path);
}
