using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Threading.Channels;
using Xunit;

namespace Resilience.Client.Tests;

/// <summary>What a further attempt carries.</summary>
[Collection(VirtualTime.Name)]
public sealed class CopyTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Header_that_a_handler_adds_is_on_each_attempt_once()
    {
        var signature = 0;
        using var bench = new ChainBench((request, send) =>
        {
            request.Headers.Add("X-Sig", $"{++signature}");
            return send();
        });
        bench.Wire.Answer = ScriptedWire.Sequence(bench.Wire.Unavailable, bench.Wire.Unavailable, bench.Wire.Ok);
        bench.Wire.Probe = bench.Wire.Ok;
        var request = Bench.Get();
        request.Headers.Add("X-Caller", "me");

        (await bench.Finish(bench.Call(request))).Dispose();

        Assert.Equal(["1", "2", "3"], bench.Wire.Calls.Select(sent => string.Join('|', sent.Request.Headers.GetValues("X-Sig"))));
        Assert.All(bench.Wire.Calls, sent => Assert.Equal(["me"], sent.Request.Headers.GetValues("X-Caller")));
    }

    [Fact]
    public async Task Json_that_can_be_enumerated_once_is_sent_once()
    {
        using var bench = new Bench();
        var bodies = new List<string>();
        bench.Wire.Answer = async (request, token) =>
        {
            using var body = new MemoryStream();
            await request.Content!.CopyToAsync(body, token);
            bodies.Add(Encoding.UTF8.GetString(body.ToArray()));
            return await bench.Wire.Unavailable(request, token);
        };
        bench.Wire.Probe = bench.Wire.Ok;
        var numbers = Channel.CreateUnbounded<int>();
        for (var number = 0; number < 3; number++)
            numbers.Writer.TryWrite(number);
        numbers.Writer.Complete();

        using var response = await bench.Run(new(HttpMethod.Put, TestSettings.Address) { Content = JsonContent.Create(numbers.Reader.ReadAllAsync(Token)) });

        Assert.Equal(HttpStatusCode.ServiceUnavailable, response.StatusCode);
        Assert.Equal(["[0,1,2]"], bodies);
    }
}
