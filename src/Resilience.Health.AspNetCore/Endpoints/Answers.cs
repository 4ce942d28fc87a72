using System.Buffers;
using System.Reflection;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Primitives;

namespace Resilience.Health.AspNetCore;

/// <summary>A rendered answer. Good for a snapshot, and, since most carry the time, for a second.</summary>
internal sealed record Answer(HealthSnapshot Snapshot, long Second, int Status, string ContentType, byte[] Body);

/// <summary>Renders each answer once per snapshot and second, however many ask. Safe for use by many threads: two that render the same do no harm.</summary>
internal sealed class Answers(IHealthEvaluator evaluator, HealthEndpointOptions options, IHostEnvironment environment, TimeProvider time)
{
    private static readonly int Exposures = Enum.GetValues<Exposure>().Length;

    private readonly string _version = options.Version ?? OwnVersion();
    private readonly string _name = options.ServiceName ?? environment.ApplicationName;

    public Exposure ExposureOf(bool trusted) => trusted
        ? environment.IsDevelopment() ? Exposure.Full : Exposure.Data
        : options.ExposeServicesAnonymously ? Exposure.Names : Exposure.StatusOnly;

    public BodyFormat FormatFor(HealthPath path, StringValues accept)
    {
        var format = Accept.Choose(accept);
        return format == BodyFormat.Json && options.HealthChecksUiFormat && path.Question is HealthQuestion.Summary or HealthQuestion.Deep ? BodyFormat.HealthChecksUi : format;
    }

    public Answer To(HealthPath path, HealthSnapshot snapshot, Exposure exposure, BodyFormat format)
    {
        var now = time.GetUtcNow();
        var second = now.ToUnixTimeSeconds();
        ref var last = ref path.Answers[(int)format * Exposures + (int)exposure];
        return Volatile.Read(ref last) is { } answer && ReferenceEquals(answer.Snapshot, snapshot) && answer.Second == second
            ? answer
            : last = Render(path, new(snapshot, evaluator.Usage, _version, now, exposure), format, second);
    }

    private Answer Render(HealthPath path, BodyContext context, BodyFormat format, long second)
    {
        var output = new ArrayBufferWriter<byte>(256);
        var (snapshot, status, contentType) = (context.Snapshot, OutcomeOf(path, context.Snapshot), Body.ContentType(format));
        switch (path.Question)
        {
            case HealthQuestion.Summary:
                Body.Summary(output, context, format);
                break;
            case HealthQuestion.Deep:
                Body.Deep(output, context, format);
                break;
            case HealthQuestion.StatusPage:
                StatusPage.Render(output, snapshot, context.Usage, _name, _version, context.Now, context.Exposure == Exposure.Full);
                return new(snapshot, second, StatusCodes.Status200OK, "text/html; charset=utf-8", output.WrittenSpan.ToArray());
            default:
                Body.Probe(output, status, format);
                break;
        }

        return new(snapshot, second, status.Status, contentType, output.WrittenSpan.ToArray());
    }

    private Outcome OutcomeOf(HealthPath path, HealthSnapshot snapshot) => path.Question switch
    {
        HealthQuestion.Live => Outcome.Live(snapshot),
        HealthQuestion.Startup => Outcome.Startup(snapshot),
        HealthQuestion.Group => Outcome.Group(snapshot, evaluator.Groups.GetValueOrDefault(path.Group ?? "") ?? [], options.DegradedIsReady),
        _ => Outcome.Ready(snapshot, options.DegradedIsReady),
    };

    private static string OwnVersion()
    {
        var version = Assembly.GetEntryAssembly()?.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "unknown";
        var plus = version.IndexOf('+', StringComparison.Ordinal);
        return plus < 0 ? version : version[..plus];
    }
}
