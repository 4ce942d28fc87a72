using OpenTelemetry;
using OpenTelemetry.Exporter;
using OpenTelemetry.Trace;
using Resilience.Client.Tests.Wire;
using Xunit;
using static Resilience.Client.Tests.Wire.Steps;

namespace Resilience.Client.Tests;

/// <summary>What a user sees in his tracing backend, with OpenTelemetry as it is by default.</summary>
[Collection(nameof(Alone))]
public sealed class OtlpTests
{
    [Fact]
    public async Task Call_that_waited_out_a_restart_arrives_with_its_wait_its_attempts_and_the_probe_that_ended_it()
    {
        await using var collector = await OtlpCollector.StartAsync();
        await using var backend = new ScriptedBackend { ProbeStatus = 503 }.Always(Read, Ok());
        backend.Stop();
        await using var host = new WireHost(backend.Address);
        using (var provider = Sdk.CreateTracerProviderBuilder()
            .AddSource(TelemetryNames.Source, "System.Net.Http")
            .AddOtlpExporter(options => (options.Endpoint, options.Protocol) = (collector.Endpoint, OtlpExportProtocol.HttpProtobuf)).Build())
        {
            var call = host.GetAsync();
            await host.IsDownAsync(waiting: 1);
            backend.Start(); // As a restart goes: first nobody is there, then somebody who is not ready.
            await Eventually.IsTrueAsync(() => backend.Probes >= 10, "asked ten times");
            backend.ProbeStatus = 200;
            await host.AnswersAsync("ok", call);
            Assert.True(provider.ForceFlush());
        }

        var spans = collector.Spans;
        var trace = Assert.Single(spans, span => span.Name == "call wire");
        var probe = Assert.Single(spans, span => span.Name == "probe wire");
        var attempts = spans.Where(span => span.Scope == "System.Net.Http").ToArray();
        Assert.Equal(4, spans.Count); // Not one of the probes that failed.
        Assert.Equal(2, attempts.Length);
        Assert.All(attempts, attempt => Assert.Equal((trace.Trace, trace.Id), (attempt.Trace, attempt.Parent)));
        Assert.Equal("connection_error", attempts[0].Tags["error.type"]);
        Assert.Equal("1", attempts[1].Tags["http.request.resend_count"]);
        Assert.Equal(attempts[1].Id, Assert.Single(backend.Received).Headers["traceparent"].Split('-')[2]);

        Assert.Equal("wait reason=refused", trace.Events[0]);
        Assert.StartsWith("wait.end outcome=success seconds=0.", trace.Events[1], StringComparison.Ordinal);
        Assert.Equal(2, trace.Events.Count);
        Assert.Equal($"{probe.Trace} {probe.Id}", Assert.Single(trace.Links));
        Assert.Equal(("success", "2", "200", false), (trace.Tags["outcome"], trace.Tags["attempts"], trace.Tags["http.response.status_code"], trace.IsError));
        Assert.Equal(("ready", "", "Resilience.Client"), (probe.Tags["result"], probe.Parent, probe.Scope));
        Assert.NotEqual(trace.Trace, probe.Trace);
    }
}
