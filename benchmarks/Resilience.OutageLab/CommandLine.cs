using System.Globalization;
using Resilience.OutageLab.Scenarios;

namespace Resilience.OutageLab;

/// <summary>What to run.</summary>
internal sealed record CommandLine
{
    private static readonly string[] Usual = [Clients.Catalog.Bare, Clients.Catalog.Ours, Clients.Catalog.Standard, Clients.Catalog.Retry124];

    public bool IsFull { get; private init; }

    public bool IsAside { get; private init; }

    public bool ListsOnly { get; private init; }

    public int Repeat { get; private init; } = 1;

    public string Out { get; private init; } = Path.Combine("artifacts", "outage-lab");

    public string? Plugin { get; private init; }

    public IReadOnlyList<Scenario> Scenarios { get; private init; } = [];

    private IReadOnlyList<string> PluginClients { get; init; } = [];

    private string[]? ClientsAskedFor { get; init; }

    /// <summary>Those asked for, or the usual ones with those that belong into this scenario.</summary>
    public IReadOnlyList<string> ClientsOf(Scenario scenario) => ClientsAskedFor ?? [.. Usual, .. scenario.MoreClients, .. PluginClients];

    /// <exception cref="ArgumentException">An option is unknown, or what it names.</exception>
    public static CommandLine Parse(string[] args)
    {
        var (full, aside, list) = (false, false, false);
        int? repeat = null, rate = null;
        string? folder = null, plugin = null;
        string[]? only = null, clients = null;
        for (var i = 0; i < args.Length; i++)
        {
            string Value() => ++i < args.Length ? args[i] : throw new ArgumentException($"{args[i - 1]} wants a value.");
            int Number() => int.TryParse(Value(), NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number > 0 ? number : throw new ArgumentException($"{args[i - 1]} wants a number above 0.");
            switch (args[i])
            {
                case "--quick": break;
                case "--full": full = true; break;
                case "--aside": aside = true; break;
                case "--list": list = true; break;
                case "--repeat": repeat = Number(); break;
                case "--rate": rate = Number(); break;
                case "--out": folder = Value(); break;
                case "--plugin": plugin = Value(); break;
                case "--only": only = Value().Split(','); break;
                case "--clients": clients = Value().Split(','); break;
                default: throw new ArgumentException($"Unknown option '{args[i]}'; the top of Program.cs lists them.");
            }
        }

        var plugins = plugin is null ? [] : Clients.Plugin.Names(plugin);
        return new()
        {
            IsFull = full,
            IsAside = aside,
            ListsOnly = list,
            Repeat = repeat ?? (full ? 3 : 1),
            Out = folder ?? new CommandLine().Out,
            Plugin = plugin,
            Scenarios = Pick(full || only is not null || list || rate is not null ? Catalog.Full(aside, rate) : Catalog.Quick(aside), only),
            PluginClients = plugins,
            ClientsAskedFor = Known(clients, [.. Clients.Catalog.Descriptions.Keys, .. plugins]),
        };
    }

    private static IReadOnlyList<Scenario> Pick(IReadOnlyList<Scenario> all, string[]? only) =>
        only is null
            ? all
            : [.. only.Select(name => all.FirstOrDefault(scenario => scenario.Name == name) ?? throw new ArgumentException($"There is no scenario '{name}'; there are {string.Join(", ", all.Select(scenario => scenario.Name))}."))];

    private static string[]? Known(string[]? clients, string[] all) =>
        clients?.FirstOrDefault(client => !all.Contains(client)) is { } unknown
            ? throw new ArgumentException($"There is no client '{unknown}'; there are {string.Join(", ", all)}.")
            : clients;
}
