using System.Net;

namespace Resilience.Samples.Tests.Prometheus;

/// <summary>Api and Web on one machine, both ready, with visitors who never stop: what the Demo has.</summary>
internal sealed class Pair : IAsyncDisposable
{
    private readonly HttpClient _faults = new(new SocketsHttpHandler { UseProxy = false });
    private Visits? _visits;

    private Pair(Sample api, Sample web) => (Api, Web) = (api, web);

    public Sample Api { get; }

    public Sample Web { get; }

    public static async Task<Pair> StartAsync(params (string Key, string Value)[] web)
    {
        var api = new Sample("Api") { HostEnvironment = "Demo", Settings = { ["Health__Period"] = "00:00:00.5" } };
        var pair = new Pair(api, new Sample("Web") { HostEnvironment = "Demo", Settings = { ["Backends__api__Address"] = api.Url, ["Health__Period"] = "00:00:00.5" } });
        foreach (var (key, value) in web)
            pair.Web.Settings[key] = value;
        try
        {
            await Task.WhenAll(api.ListensAsync(), pair.Web.ListensAsync());
            await pair.Web.AnswersAsync("/leaderboard", HttpStatusCode.OK);
            pair._visits = new($"{pair.Web.Url}/leaderboard", $"{api.Url}/rounds");
            return pair;
        }
        catch
        {
            await pair.DisposeAsync();
            throw;
        }
    }

    public async Task BeginAsync(string fault)
    {
        using var response = await _faults.PostAsync(new Uri($"{Api.Url}/faults/{fault}"), null);
        response.EnsureSuccessStatusCode();
    }

    public async Task EndFaultsAsync()
    {
        using var response = await _faults.DeleteAsync(new Uri($"{Api.Url}/faults/"));
        response.EnsureSuccessStatusCode();
    }

    public async ValueTask DisposeAsync()
    {
        Web.Kill(); // With it visits that wait.
        Api.Kill();
        if (_visits is not null)
            await _visits.DisposeAsync();
        Web.Dispose();
        Api.Dispose();
        _faults.Dispose();
    }
}
