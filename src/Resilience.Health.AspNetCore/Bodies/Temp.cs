using System.Buffers;
using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;
namespace Resilience.Health.AspNetCore;
internal enum Exposure { StatusOnly, Names, Data, Full }
internal enum BodyFormat { Json, HealthJson, Text, HealthChecksUi }
internal sealed record BodyContext(HealthSnapshot Snapshot, ProcessUsage Usage, string Version, DateTimeOffset Now, Exposure Exposure);
internal static class Accept { public static BodyFormat Choose(StringValues v) => BodyFormat.Json; }
internal readonly record struct HealthQuery(bool Fresh, BodyFormat? Format) { public static HealthQuery Of(QueryString q) => new(q.HasValue, null); }
internal static class SummaryBody { public static void Write(IBufferWriter<byte> o, BodyContext c) => o.Write(Encoding.UTF8.GetBytes($"{{\"status\":\"{c.Snapshot.Word}\",\"timestamp\":\"{c.Now:yyyy-MM-ddTHH:mm:ssZ}\"}}")); }
