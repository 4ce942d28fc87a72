using Xunit;

namespace Resilience.Metrics.Prometheus.Tests.Naming;

public sealed class FamilyNameTests
{
    [Theory]
    [InlineData("http.server.request.duration", "s", (int)FamilyKind.Histogram, "http_server_request_duration_seconds", "seconds")]
    [InlineData("resilience.client.attempts", "{attempt}", (int)FamilyKind.Counter, "resilience_client_attempts", null)]
    [InlineData("resilience.client.amplification", "1", (int)FamilyKind.Gauge, "resilience_client_amplification_ratio", "ratio")]
    [InlineData("resilience.client.backend.since.timestamp", "s", (int)FamilyKind.Gauge, "resilience_client_backend_since_timestamp_seconds", "seconds")]
    [InlineData("resilience.health.process.memory.used", "By", (int)FamilyKind.Gauge, "resilience_health_process_memory_used_bytes", "bytes")]
    [InlineData("lag.seconds", "s", (int)FamilyKind.Gauge, "lag_seconds", "seconds")]
    [InlineData("seconds", "s", (int)FamilyKind.Gauge, "seconds_seconds", "seconds")]
    [InlineData("orders.total", "1", (int)FamilyKind.Counter, "orders", null)]
    [InlineData("orders_total", "ms", (int)FamilyKind.Counter, "orders_milliseconds", "milliseconds")]
    [InlineData("hits", "1", (int)FamilyKind.Counter, "hits", null)]
    [InlineData("speed", "m/s", (int)FamilyKind.Gauge, "speed_meters_per_second", "meters_per_second")]
    [InlineData("rate", "{packet}/s", (int)FamilyKind.Gauge, "rate_per_second", "per_second")]
    [InlineData("flow", "By/{request}", (int)FamilyKind.Gauge, "flow_bytes", "bytes")]
    [InlineData("a..b--c/d", "widgets!", (int)FamilyKind.Gauge, "a_b_c_d_widgets", "widgets")]
    [InlineData("2.fast", null, (int)FamilyKind.Gauge, "_2_fast", null)]
    [InlineData("dotnet.thread_pool.thread.count", "{thread}", (int)FamilyKind.Gauge, "dotnet_thread_pool_thread", null)]
    [InlineData("dotnet.thread_pool.work_item.count", "{work_item}", (int)FamilyKind.Counter, "dotnet_thread_pool_work_item_count", null)]
    [InlineData("heap.total.sum", "By", (int)FamilyKind.Gauge, "heap_bytes", "bytes")]
    [InlineData("batch.count", "", (int)FamilyKind.Histogram, "batch", null)]
    [InlineData("count", "", (int)FamilyKind.Gauge, "count", null)]
    [InlineData("items", "count", (int)FamilyKind.Gauge, "items", null)]
    [InlineData("items", "{unclosed", (int)FamilyKind.Gauge, "items", null)]
    public void Instruments_name_and_unit_become_what_Prometheus_expects(string name, string? unit, int kind, string expected, string? words) =>
        Assert.Equal(new FamilyName(expected, words), FamilyName.Of(name, unit, (FamilyKind)kind));

    [Fact]
    public void Sum_that_may_fall_is_no_ratio() => Assert.Equal("queue", FamilyName.Of("queue", "1", FamilyKind.Gauge, isNonMonotonicSum: true).Name);

    [Theory]
    [InlineData("http.route", "http_route")]
    [InlineData("1st", "_1st")]
    [InlineData("", "_")]
    [InlineData("__name__", "_name_")]
    [InlineData("ключ", "_")]
    [InlineData("le", "exported_le")]
    [InlineData("quantile", "exported_quantile")]
    public void Label_is_never_one_that_the_format_or_Prometheus_owns(string key, string expected) => Assert.Equal(expected, LabelName.Of(key));
}
