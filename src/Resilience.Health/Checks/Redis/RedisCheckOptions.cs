using System.Net.Security;
using System.Security.Cryptography.X509Certificates;

namespace Resilience.Health;

/// <summary>What <c>AddRedisCheck</c> wants beyond an answer. Read when the check is added.</summary>
public sealed class RedisCheckOptions
{
    /// <summary>
    /// Whether a server that is a replica fails the check, with the code <see cref="CheckErrors.ReadOnly"/>. The user must be allowed <c>INFO</c> then. Default false.
    /// With several servers one that takes writes is enough.
    /// </summary>
    public bool RequireWritable { get; set; }

    /// <summary>
    /// Decides whether the server's certificate is good, in place of the platform, for example where it is self-signed; called by several threads. Default: none.
    /// Whether TLS is spoken at all is said by the connection string.
    /// </summary>
    public RemoteCertificateValidationCallback? RemoteCertificateValidationCallback { get; set; }

    /// <summary>Certificates of this client, for servers that ask for one, as Redis does by default where TLS is on. Default: none.</summary>
    public X509CertificateCollection? ClientCertificates { get; set; }
}
