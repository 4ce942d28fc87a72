namespace Resilience.Client;

/// <summary>
/// How calls to one backend behave. Read from the configuration section <c>Backends:&lt;name&gt;</c>, then handed to the
/// <c>configure</c> delegate of <c>AddResilientBackend</c>. A value out of its bounds stops the host at start; a reload
/// that brings one keeps the options in force and logs why.
/// </summary>
public sealed class BackendOptions
{
    /// <summary>
    /// Where the backend is: an absolute <c>http</c> or <c>https</c> URI without user info, query or fragment. Required.
    /// When the section has none, <c>services:&lt;name&gt;:https:0</c> and <c>services:&lt;name&gt;:http:0</c> are read.
    /// </summary>
    public Uri? Address { get; set; }

    /// <summary>
    /// The deadline of a whole call, waiting and retries included. Default 30 s; at least 20 ms, the resolution of deadlines, at most 1 hour.
    /// A shorter <see cref="HttpClient.Timeout"/> set at registration wins.
    /// </summary>
    public TimeSpan Timeout { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>
    /// How long one attempt may take until the response's headers are there (for <see cref="BackendClient"/>: its whole body).
    /// Default 10 s; at least 20 ms, at most 1 hour; the deadline of the call cuts it short.
    /// </summary>
    public TimeSpan AttemptTimeout { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>
    /// How long connecting may take, name resolution and TLS included. Default 5 s; at least 20 ms, at most
    /// <see cref="AttemptTimeout"/>. Read once, when the connection pool is made: a change needs a restart.
    /// </summary>
    public TimeSpan ConnectTimeout { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>
    /// The largest request body, in bytes, that is kept to be sent again. Default 65,536; 0 to 16,777,216.
    /// A larger or one-shot body is sent once, and what came of it is returned.
    /// </summary>
    public int MaxReplayBody { get; set; } = 64 * 1024;

    /// <summary>
    /// The largest response body, in bytes, that is read inside an attempt (by <see cref="BackendClient"/> and
    /// <see cref="CallOptions.ReadBody"/>). Default 16,777,216; 1 to 2,147,483,647. A larger one fails the call
    /// with <see cref="BackendFailureReason.ResponseTooLarge"/>.
    /// </summary>
    public int MaxResponseBody { get; set; } = 16 * 1024 * 1024;

    /// <summary>Which failures are sent again, how often and when.</summary>
    public RetryOptions Retry { get; } = new();

    /// <summary>How many extra attempts all calls together may cause.</summary>
    public BudgetOptions Budget { get; } = new();

    /// <summary>When failing calls are taken as proof that the backend is down.</summary>
    public CircuitOptions Circuit { get; } = new();

    /// <summary>What calls do while the backend is down.</summary>
    public RecoveryOptions Recovery { get; } = new();

    /// <summary>How many attempts may be under way at once.</summary>
    public ConcurrencyOptions Concurrency { get; } = new();

    // What reading the configuration found wrong, for the validator to say together with the rest.
    internal List<string> ReadFaults { get; } = [];
    internal string AddressHint { get; set; } = "";
}
