namespace Resilience.Health;

/// <summary>The code of an exception: see <see cref="CheckErrors"/>.</summary>
internal static class ErrorClassifier
{
    public static string Classify(Exception exception) => exception is TimeoutException ? CheckErrors.Timeout : CheckErrors.Exception;
}
