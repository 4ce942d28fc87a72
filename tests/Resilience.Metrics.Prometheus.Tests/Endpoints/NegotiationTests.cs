using Microsoft.AspNetCore.Http;
using Xunit;

namespace Resilience.Metrics.Prometheus.Tests.Endpoints;

public sealed class NegotiationTests
{
    private const string Prometheus242 = "application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,text/plain;version=0.0.4;q=0.5,*/*;q=0.1";

    [Theory]
    [InlineData(null, false)]
    [InlineData("", false)]
    [InlineData(Prometheus242, true)]
    [InlineData("application/openmetrics-text; version=1.0.0; charset=utf-8", true)]
    [InlineData("application/openmetrics-text;version=\"1.0.0\"", true)]
    [InlineData("application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.5,text/plain;version=0.0.4;q=0.4", true)]
    [InlineData("Application/OpenMetrics-Text", true)]
    [InlineData("application/openmetrics-text;version=0.0.1", false)]
    [InlineData("application/openmetrics-text;version=1.0.0;q=0", false)]
    [InlineData("application/openmetrics-text;q=0.4,text/plain;q=0.5", false)]
    [InlineData("application/openmetrics-text;q=0.4,text/*;q=0.5,text/plain;q=0.1", true)]
    [InlineData("application/openmetrics-text,*/*", true)]
    [InlineData("text/html,application/xhtml+xml,*/*;q=0.8", false)]
    [InlineData("*/*", false)]
    [InlineData("application/json", false)]
    [InlineData(";;;nonsense\u00e9,,", false)]
    public void OpenMetrics_is_for_those_who_name_it_and_text_for_the_rest(string? accept, bool openMetrics) =>
        Assert.Equal(openMetrics ? Format.OpenMetrics : Format.Text, Choose(accept, null));

    [Theory]
    [InlineData("gzip", true)]
    [InlineData("gzip, deflate, br", true)]
    [InlineData("GZIP;q=0.1", true)]
    [InlineData("gzip;q=0", false)]
    [InlineData("*", true)]
    [InlineData("*;q=0.5,gzip;q=0", false)]
    [InlineData("br", false)]
    [InlineData("identity", false)]
    public void Body_is_gzipped_for_those_who_can_read_it(string encoding, bool gzipped) => Assert.Equal(gzipped, Choose(Prometheus242, encoding).IsGzipped());

    private static Format Choose(string? accept, string? encoding)
    {
        IHeaderDictionary headers = new HeaderDictionary();
        if (accept is not null)
            headers.Accept = accept;
        if (encoding is not null)
            headers.AcceptEncoding = encoding;
        return Negotiation.Choose(headers);
    }
}
