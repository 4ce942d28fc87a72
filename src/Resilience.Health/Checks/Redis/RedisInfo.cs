using System.Globalization;

namespace Resilience.Health;

/// <summary>What of <c>INFO</c> is worth showing. What is missing or odd is left out; the check does not depend on it.</summary>
internal sealed class RedisInfo
{
    private readonly Dictionary<string, string> _fields = [];

    public RedisInfo(string text)
    {
        foreach (var line in text.Split('\n'))
        {
            if (line.Split(':', 2) is [var key, var value])
                _fields.TryAdd(key, value.TrimEnd('\r'));
        }
    }

    public bool IsReplica => _fields.GetValueOrDefault("role") == "slave";

    public bool KnowsRole => _fields.ContainsKey("role");

    public Dictionary<string, object> Data()
    {
        var data = new Dictionary<string, object>();
        if (_fields.GetValueOrDefault("redis_version") is { Length: > 0 and <= 40 } version && version.All(letter => char.IsAsciiLetterOrDigit(letter) || letter is '.' or '-' or '+'))
            data["version"] = version;
        if (KnowsRole)
            data["role"] = IsReplica ? "replica" : "primary";
        if (IsReplica)
            data["replicaLinkUp"] = _fields.GetValueOrDefault("master_link_status") == "up";
        Add("connectedReplicas", "connected_slaves");
        Add("connectedClients", "connected_clients");
        Add("maxClients", "maxclients");
        Add("usedMemory", "used_memory");
        Add("maxMemory", "maxmemory");
        return data;

        void Add(string name, string field)
        {
            if (long.TryParse(_fields.GetValueOrDefault(field), NumberStyles.None, CultureInfo.InvariantCulture, out var number))
                data[name] = number;
        }
    }
}
