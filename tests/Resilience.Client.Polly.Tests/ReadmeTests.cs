using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace Resilience.Client.Polly.Tests;

public sealed class ReadmeTests
{
    [Fact]
    public void First_sample_of_the_readme_is_the_one_that_is_compiled()
    {
        var compiled = Lines("ReadmeSample.cs").ToHashSet();
        var sample = Lines("README.md").SkipWhile(line => line != "```csharp").Skip(1).TakeWhile(line => line != "```").Where(line => line.Length > 0).ToList();
        Assert.True(sample.Count > 3);
        Assert.All(sample, line => Assert.Contains(line, compiled));
    }

    [Fact]
    public async Task First_sample_of_the_readme_makes_a_call()
    {
        using var http = new HttpClient(new Stub());
        var services = new ServiceCollection();
        var settings = new Dictionary<string, string?> { ["Backends:catalog:Address"] = "http://catalog.test" };
        services.AddSingleton<IConfiguration>(new ConfigurationBuilder().AddInMemoryCollection(settings).Build());
        Assert.True(await ReadmeSample.RunAsync(services, () => services.BuildServiceProvider(), http, new("http://catalog.test/items"), TestContext.Current.CancellationToken));
    }

    private static IEnumerable<string> Lines(string file) =>
        File.ReadLines(Path.Combine(AppContext.BaseDirectory, file)).Select(line => line.Trim());

    private sealed class Stub : HttpMessageHandler
    {
        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken) =>
            Task.FromResult(new HttpResponseMessage());
    }
}
