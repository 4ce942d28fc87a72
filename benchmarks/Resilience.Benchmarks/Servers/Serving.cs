namespace Resilience.Benchmarks;

/// <summary>The servers that this program can be, until its standard input ends.</summary>
internal static class Serving
{
    public const string Health = "health", Answers = "answers";

    public static async Task<int> RunAsync(string kind, int port)
    {
        IReadOnlyList<IAsyncDisposable> apps = kind switch
        {
            Health => await HealthServer.StartAsync(port),
            Answers => await AnswerServer.StartAsync(port),
            _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, "No such server."),
        };
        while (Console.In.ReadLine() is not null)
        {
        }

        foreach (var app in apps)
            await app.DisposeAsync();
        return 0;
    }
}
