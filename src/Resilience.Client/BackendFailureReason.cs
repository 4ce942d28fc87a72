namespace Resilience.Client;

/// <summary>Why a call to a backend failed.</summary>
public enum BackendFailureReason
{
    /// <summary>The backend could not be reached, or stayed away until the call's deadline.</summary>
    Unavailable,

    /// <summary>The backend is known to be down and <see cref="RecoveryOptions.WhenDown"/> is <see cref="WhenDown.FailFast"/>. Nothing was sent.</summary>
    CircuitOpen,

    /// <summary>Somebody took the backend out of service with <see cref="IBackend.Isolate"/>. Nothing was sent.</summary>
    Isolated,

    /// <summary>More calls are waiting than <see cref="RecoveryOptions.MaxWaiting"/> allows. Nothing was sent.</summary>
    TooManyWaiting,

    /// <summary>As many attempts as <see cref="ConcurrencyOptions"/> allows were under way until the call's deadline. Nothing was sent.</summary>
    Overloaded,

    /// <summary>The call's deadline passed while an attempt was under way.</summary>
    DeadlineExceeded,

    /// <summary>The last attempt took longer than <see cref="BackendOptions.AttemptTimeout"/>.</summary>
    AttemptTimeout,

    /// <summary>The connection broke after the request may have arrived, and the request may not be sent again.</summary>
    ConnectionLost,

    /// <summary>TLS could not be agreed on: most often a certificate that is not trusted or names another host.</summary>
    SecureConnection,

    /// <summary>The backend answered something that is not the protocol, or a body that is not the JSON asked for.</summary>
    InvalidResponse,

    /// <summary>Headers or body are larger than allowed.</summary>
    ResponseTooLarge,

    /// <summary>The backend answered with a status that is not success (only thrown by <see cref="BackendClient"/>).</summary>
    Status,

    /// <summary>Another failure that no repetition mends: proxy, authentication, protocol version.</summary>
    Rejected,
}
