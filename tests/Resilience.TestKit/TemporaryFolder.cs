namespace Resilience.TestKit;

/// <summary>A folder that is gone, with all in it, when this is disposed.</summary>
public sealed class TemporaryFolder : IDisposable
{
    public string Path { get; } = Directory.CreateTempSubdirectory("resilience-").FullName;

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
