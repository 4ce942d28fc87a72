namespace Resilience.Hosting;

/// <summary>The start has ended while the host waited: there is nothing more to say about it, least of all where.</summary>
internal sealed class StartStoppedException(bool isToldToStop) : OperationCanceledException(
    isToldToStop ? "Told to stop before the startup gate opened." : "The start was cancelled before the startup gate opened, by its caller or by HostOptions.StartupTimeout.")
{
    public override string ToString() => Message;
}
