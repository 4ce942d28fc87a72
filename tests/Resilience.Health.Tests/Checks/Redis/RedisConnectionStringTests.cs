using System.Text;
using Xunit;

namespace Resilience.Health.Tests.Checks;

public sealed class RedisConnectionStringTests
{
    [Theory]
    [InlineData("cache", "cache:6379")]
    [InlineData("cache:7000", "cache:7000")]
    [InlineData(" cache:7000 , ssl = false ", "cache:7000")]
    [InlineData("my_cache.internal", "my_cache.internal:6379")]
    [InlineData("10.0.0.7:1,10.0.0.8", "10.0.0.7:1, 10.0.0.8:6379")]
    [InlineData("[::1]:7000,::1,fe80::1%2", "[::1]:7000, [::1]:6379, [fe80::1%2]:6379")]
    [InlineData("cache,password=p=q,user=u", "cache:6379 user=u password=p=q")]
    [InlineData("cache:6380,password=p,ssl=True,sslHost=h,abortConnect=False", "cache:6380 password=p tls=h")]
    [InlineData("cache,ssl=true", "cache:6380 tls=")]
    [InlineData("cache,defaultDatabase=3,$CONFIG=,channelPrefix=x:,NAME=me,password=", "cache:6379 db=3")]
    [InlineData("redis://cache", "cache:6379")]
    [InlineData("redis://cache:7000/", "cache:7000")]
    [InlineData("REDIS://cache/12", "cache:6379 db=12")]
    [InlineData("rediss://cache", "cache:6379 tls=")]
    [InlineData("redis://:p%40s%3As%2F@cache", "cache:6379 password=p@s:s/")]
    [InlineData("redis://us%20er:a:b@my_cache:1/2", "my_cache:1 user=us er password=a:b db=2")]
    [InlineData("redis://[::1]:7000", "[::1]:7000")]
    public void Both_forms_are_read(string text, string expected)
    {
        var faults = new List<string>();
        var target = RedisConnectionString.Parse(text, faults);
        Assert.Empty(faults);
        Assert.NotNull(target);
        var shown = new StringBuilder(target.ToString());
        if (target.User is { } user)
            shown.Append($" user={user}");
        if (target.Password is { } password)
            shown.Append($" password={password}");
        if (target.UsesTls)
            shown.Append($" tls={target.TlsHost}");
        if (target.Database != 0)
            shown.Append($" db={target.Database}");
        Assert.Equal(expected, shown.ToString());
    }

    [Theory]
    [InlineData("", "no server")]
    [InlineData(" , ,", "no server")]
    [InlineData("ssl=true", "no server")]
    [InlineData("cache:0", "part 1")]
    [InlineData("cache:65536", "part 1")]
    [InlineData("cache:7000x", "part 1")]
    [InlineData("good,bad host", "part 2")]
    [InlineData("[::1:7000", "part 1")]
    [InlineData("secret@cache:6379", "part 1")]
    [InlineData("cache,ssll=true", "'ssll'")]
    [InlineData("cache,password=a,secret=b", "part 3 is unknown")]
    [InlineData("cache,password=a,secret", "comma")]
    [InlineData("cache;password=secret", "part 1 is unknown")]
    [InlineData("cache,ssl=secret", "ssl must be")]
    [InlineData("cache,defaultDatabase=-1", "defaultDatabase")]
    [InlineData("cache,serviceName=mymaster", "serviceName")]
    [InlineData("cache,tunnel=http:secret", "tunnel")]
    [InlineData("cache,user=secret", "user but no password")]
    [InlineData("http://secret@cache", "redis://")]
    [InlineData("unix:///secret", "redis://")]
    [InlineData("redis://", "valid URI")]
    [InlineData("redis://:se#cret@cache", "valid URI")]
    [InlineData("redis://:se/cret@cache", "valid URI")]
    [InlineData("redis://user:12/cret@cache", "no database")]
    [InlineData("redis://user:12#secret@cache", "fragment")]
    [InlineData("redis://user:12?secret@cache", "query")]
    [InlineData("redis://cache:0", "port")]
    [InlineData("redis://cache:99999", "valid URI")]
    [InlineData("redis://secret@cache", "one word before the @")]
    [InlineData("redis://a:1,redis://b:2", "valid URI")]
    [InlineData("redis://a/x", "no database")]
    [InlineData("redis://a?password=secret", "query")]
    public void What_cannot_be_used_is_said_with_its_fix_and_without_its_values(string text, string expected)
    {
        var faults = new List<string>();
        Assert.Null(RedisConnectionString.Parse(text, faults));
        Assert.Contains(faults, fault => fault.Contains(expected, StringComparison.Ordinal));
        Assert.DoesNotContain(faults, fault => fault.Contains("secret", StringComparison.Ordinal) || fault.Contains("cret@", StringComparison.Ordinal));
    }

    [Fact]
    public void All_faults_are_said_at_once()
    {
        var faults = new List<string>();
        RedisConnectionString.Parse("cache:0,ssll=1,ssl=maybe,defaultDatabase=x,serviceName=y", faults);
        Assert.Equal(5, faults.Count);
    }

    [Fact]
    public void Garbage_never_throws_and_is_never_shown()
    {
        const string Alphabet = "abz09,=:/@[]%#? \\\0\u00e9\u20ac\ud800$.-_";
        const string Secret = "hunter2";
        string[] seeds = ["cache:6379,password=hunter2,ssl=true", "redis://user:hunter2@cache:6379/0", "rediss://:hunter2@[::1]:1/2", ""];
        var random = new Random(20261122);
        var good = 0;
        for (var round = 0; round < 100_000; round++)
        {
            var text = new StringBuilder(seeds[random.Next(seeds.Length)]);
            for (var changes = random.Next(6); changes > 0; changes--)
                text.Insert(random.Next(text.Length + 1), Alphabet[random.Next(Alphabet.Length)]);
            var faults = new List<string>();
            var target = RedisConnectionString.Parse(text.ToString(), faults);
            Assert.Equal(target is null, faults.Count > 0);
            Assert.DoesNotContain(Secret, string.Join(' ', faults), StringComparison.OrdinalIgnoreCase);
            good += target is null ? 0 : 1;
        }

        Assert.InRange(good, 5_000, 95_000);
    }
}
