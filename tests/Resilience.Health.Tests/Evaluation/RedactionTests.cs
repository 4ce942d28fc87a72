using System.Diagnostics;
using Xunit;

namespace Resilience.Health.Tests;

[Collection(VirtualTime.Name)] // Measures.
public sealed class RedactionTests
{
    [Theory]
    // Connection strings.
    [InlineData("Host=db;Username=app;Password=hunter2;Pooling=true", "Host=db;Username=app;Password=…;Pooling=true")]
    [InlineData("Host=db;PWD=hunter2", "Host=db;PWD=…")]
    [InlineData("Server=db;Password = hunter 2 & more ;X=1", "Server=db;Password = …;X=1")]
    [InlineData("Password='hunter;2';X=1", "Password='…';X=1")]
    [InlineData("Password=\"hunter\"\";2\";X=1", "Password=\"…\";X=1")]
    [InlineData("Password=;X=1", "Password=;X=1")]
    [InlineData("Password==hunter2;X=1", "Password==…;X=1")]
    [InlineData("redis:6379,password=hunter2,ssl=true", "redis:6379,password=…")]
    [InlineData("AccountName=a;AccountKey=aHVudGVyMg==;EndpointSuffix=x", "AccountName=a;AccountKey=…;EndpointSuffix=x")]
    [InlineData("SharedAccessKeyName=Root;SharedAccessKey=aHVudGVyMg==", "SharedAccessKeyName=Root;SharedAccessKey=…")]
    [InlineData("DbPassword=hunter2\nnext line", "DbPassword=…\nnext line")]
    [InlineData("client_secret=hunter2;x", "client_secret=…;x")]
    [InlineData("passwd=hunter2", "passwd=…")]
    // JSON, also within JSON.
    [InlineData("{\"password\":\"hunter2\",\"host\":\"db\"}", "{\"password\":\"…\",\"host\":\"db\"}")]
    [InlineData("{\"password\" : \"hun\\\"ter2\", \"host\":\"db\"}", "{\"password\" : \"…\", \"host\":\"db\"}")]
    [InlineData("{\"token\":12345,\"host\":\"db\"}", "{\"token\":…,\"host\":\"db\"}")]
    [InlineData("{\"password\":\"\",\"host\":\"db\"}", "{\"password\":\"\",\"host\":\"db\"}")]
    [InlineData("\"{\\\"password\\\":\\\"hunter2\\\",\\\"host\\\":1}\"", "\"{\\\"password\\\":\\\"…\\\",\\\"host\\\":1}\"")]
    [InlineData("{'apiKey': 'hunter2'}", "{'apiKey': '…'}")]
    [InlineData("{\"password\":\"hunter2", "{\"password\":\"…")]
    // Headers and queries.
    [InlineData("X-Api-Key: hunter2\r\nHost: db", "X-Api-Key: …\r\nHost: db")]
    [InlineData("api_key: hunter2 was rejected", "api_key: … was rejected")]
    [InlineData("GET /x?api-key=hunter2&q=1 gave 503", "GET /x?api-key=…&q=1 gave 503")]
    [InlineData("GET /x?q=1&access_token=hunter2 gave 503", "GET /x?q=1&access_token=… gave 503")]
    [InlineData("Authorization: Negotiate hunter2 more\r\nHost: db", "Authorization: …\r\nHost: db")]
    [InlineData("\"Authorization\":\"Bearer hunter2\",\"x\":1", "\"Authorization\":\"…\",\"x\":1")]
    [InlineData("token: Bearer hunter2", "token: …")]
    [InlineData("sent Bearer eyJh.eyJz.sig- and failed", "sent Bearer … and failed")]
    [InlineData("sent BASIC dXNlcjpodW50ZXIy==, failed", "sent BASIC …, failed")]
    [InlineData("Cookie: session=hunter2; other=hunter2\r\nHost: db", "Cookie: …\r\nHost: db")]
    [InlineData("Set-Cookie: session=hunter2; Path=/", "Set-Cookie: …")]
    [InlineData("https://a.blob.core.windows.net/c?sv=2024&sig=hun%2Fter2&se=1 gave 403", "https://a.blob.core.windows.net/c?sv=2024&sig=…&se=1 gave 403")]
    [InlineData("https://f.azurewebsites.net/api/x?code=hunter2== gave 401", "https://f.azurewebsites.net/api/x?code=… gave 401")]
    [InlineData("GET /maps?key=hunter2&q=1", "GET /maps?key=…&q=1")]
    // Names of several words.
    [InlineData("SECRET_KEY=hunter2", "SECRET_KEY=…")]
    [InlineData("export AWS_SECRET_ACCESS_KEY=hunter2\nnext", "export AWS_SECRET_ACCESS_KEY=…\nnext")]
    [InlineData("user=app;pass=hunter2;x", "user=app;pass=…;x")]
    [InlineData("DB_PASS=hunter2", "DB_PASS=…")]
    [InlineData("dbPass: hunter2 x", "dbPass: … x")]
    [InlineData("private_key=hunter2", "private_key=…")]
    [InlineData("{\"tokenValue\":\"hunter2\",\"x\":1}", "{\"tokenValue\":\"…\",\"x\":1}")]
    // XML and PEM.
    [InlineData("<user>app</user><password>hunter2</password><x>1</x>", "<user>app</user><password>…</password><x>1</x>")]
    [InlineData("<s:DbPassword>hunter2</s:DbPassword> failed", "<s:DbPassword>…</s:DbPassword> failed")]
    [InlineData("-----BEGIN RSA PRIVATE KEY-----\nhun\nter2\n-----END RSA PRIVATE KEY----- failed", "-----BEGIN RSA PRIVATE KEY…-----END RSA PRIVATE KEY----- failed")]
    [InlineData("-----BEGIN PRIVATE KEY-----\\nhunter2", "-----BEGIN PRIVATE KEY…")]
    // Addresses.
    [InlineData("amqp://app:hunter2@mq:5672/v", "amqp://…@mq:5672/v")]
    [InlineData("amqp://hunter2@mq", "amqp://…@mq")]
    [InlineData("'postgres://app:hun@ter2@db/x' failed", "'postgres://…@db/x' failed")]
    [InlineData("postgres://app:hun/ter2@db/x", "postgres://…@db/x")]
    [InlineData("https://a:1@b https://c:2@d", "https://…@b https://…@d")]
    public void Secret_is_taken_out(string text, string expected)
    {
        var redacted = Redaction.Of(text);
        Assert.Equal(expected, redacted);
        Assert.DoesNotContain("hun", redacted, StringComparison.Ordinal);
        Assert.DoesNotContain("ter2", redacted, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("Connection refused (db:5432)")]
    [InlineData("28P01: password authentication failed for user \"app\"")]
    [InlineData("The token has expired; tokens=5")]
    [InlineData("Basic authentication is required. A bearer token. Bearer realm=\"x\"")]
    [InlineData("Authorization header missing, basically")]
    [InlineData("https://db.example:8443/a@b?c=d@e")]
    [InlineData("passed: 5; compass=7; bypass: on; secretary: Bob; keyCount=3; token_type: x; code=7; </password> text")]
    [InlineData("-----BEGIN CERTIFICATE-----\nabc\n-----END CERTIFICATE-----")]
    [InlineData("http://[::1]:80/x")]
    public void Text_without_secrets_stays_as_it_is(string text) => Assert.Equal(text, Redaction.Of(text));

    [Theory]
    [InlineData("clientSecret"), InlineData("db_password"), InlineData("private_key"), InlineData("SECRET_KEY"), InlineData("Api-Key"), InlineData("accessToken"), InlineData("userPwd")]
    [InlineData("ConnectionStrings.Main"), InlineData("connection_string"), InlineData("pass"), InlineData("dbPass"), InlineData("DB_PASS"), InlineData("DBPASS"), InlineData("sig")]
    [InlineData("credentials"), InlineData("passphrase"), InlineData("Set-Cookie"), InlineData("tokensUsed")] // The last for safety's sake.
    public void Name_of_a_secret_is_known(string name) => Assert.True(SecretNames.IsSecret(name));

    [Theory]
    [InlineData("passed"), InlineData("compass"), InlineData("bypass"), InlineData("COMPASS"), InlineData("keyCount"), InlineData("secretary"), InlineData("host"), InlineData("")]
    [InlineData("tokenCount"), InlineData("SharedAccessKeyName"), InlineData("passengers"), InlineData("key"), InlineData("code"), InlineData("signal")]
    public void Name_of_something_else_is_left(string name) => Assert.False(SecretNames.IsSecret(name));

    [Fact]
    public void Long_text_is_cut() => Assert.Equal(new string('x', Redaction.Longest - 1) + "…", Redaction.Of(new string('x', 1_000_000)));

    [Fact]
    public void Lone_surrogates_are_replaced() => Assert.Equal("a\uFFFDb \uFFFD", Redaction.Of("a\uD800b \uDC00"));

    [Theory]
    [InlineData("amqp://app:hunter2")]
    [InlineData("password=hunter2")]
    [InlineData("\"password\":\"hunter2")]
    [InlineData("Bearer hunter2")]
    public void Secret_that_reaches_beyond_what_is_looked_at_is_taken_out(string text)
    {
        for (var before = 3_950; before < 4_010; before++)
        {
            // What comes before is taken out too, so that what is looked at last is shown.
            var hostile = "Password='" + new string('x', before) + "' " + text + new string('y', 5_000) + "@mq";
            var redacted = Redaction.Of(hostile);
            Assert.DoesNotContain("hunter2", redacted, StringComparison.Ordinal);
            Assert.EndsWith("…", redacted, StringComparison.Ordinal);
        }
    }

    public static TheoryData<string> Hostile =>
    [
        "://", "://a:b", "://a:b@", "password", "password=", "password=\"", "password:\\\\\\", "\\\"", "a-", "a-password", "bearer ", "?token", "authorization", "'", "\"\"", "\uD800", " ", "password='\\", "<password>", "-----BEGIN ", "-----BEGIN PRIVATE KEY-----", "&sig=", "pass", "pass.", "secret_", "cookie",
    ];

    [Theory]
    [MemberData(nameof(Hostile))]
    public void Megabyte_of_hostile_text_takes_bounded_time(string piece)
    {
        var text = string.Concat(Enumerable.Repeat(piece, 1_000_000 / piece.Length));
        Redaction.Of(text);
        var begin = Stopwatch.GetTimestamp();
        for (var round = 0; round < 10; round++)
            Assert.True(Redaction.Of(text).Length <= Redaction.Longest);
        Assert.True(Stopwatch.GetElapsedTime(begin) < TimeSpan.FromSeconds(5), $"{Stopwatch.GetElapsedTime(begin)} for ten times {piece}");
    }

    [Fact]
    public void Text_at_random_never_throws_and_is_bounded()
    {
        const int Seed = 4711;
        TestContext.Current.TestOutputHelper?.WriteLine($"seed {Seed}");
        string[] pieces = ["password", "=", ":", "\"", "'", "\\", " ", ";", "://", "@", "Bearer ", "api_key", "hunter2", "/", "\n", "?", "&", "…", "\uD83D", "\uDE00", ",", "}"];
        var random = new Random(Seed);
        for (var round = 0; round < 10_000; round++)
        {
            var redacted = Redaction.Of(string.Concat(Enumerable.Range(0, random.Next(25)).Select(_ => pieces[random.Next(pieces.Length)])));
            Assert.DoesNotContain("password=hunter2", redacted, StringComparison.Ordinal);
            Assert.DoesNotContain("Bearer hunter2", redacted, StringComparison.Ordinal);
        }
    }
}
