namespace Resilience.Health.AspNetCore;

/// <summary>What an exception says, for readers who may see it.</summary>
internal static class ExceptionText
{
    /// <returns>Without the secrets that can be recognised; empty if it cannot be read: an exception may do anything when asked.</returns>
    public static string Message(Exception exception)
    {
        try
        {
            return Redaction.Of(exception.Message ?? "");
        }
        catch (Exception)
        {
            return "";
        }
    }
}
