namespace Resilience.Hosting;

/// <summary>The host was told to stop while it waited: there is nothing more to say about it, least of all where.</summary>
internal sealed class StartStoppedException(string message) : OperationCanceledException(message)
{
    public override string ToString() => Message;
}
