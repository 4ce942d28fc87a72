using System.Collections;
using System.Globalization;
using System.Text;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Xunit;

namespace Resilience.Health.Tests;

public sealed class CheckDataTests
{
    private static readonly DateTimeOffset Noon = new(2024, 10, 25, 12, 0, 0, TimeSpan.FromHours(2));

    public static TheoryData<string, object?, object?> Scalars => new()
    {
        { "string", "connected", "connected" },
        { "bool", true, true },
        { "int", 1523, 1523L },
        { "sbyte", (sbyte)-1, -1L },
        { "nint", (nint)7, 7L },
        { "ulong", ulong.MaxValue, 18446744073709551615m },
        { "decimal", 0.02m, 0.02m },
        { "double", 0.02, 0.02 },
        { "float", 0.1f, 0.1 },
        { "half", (Half)0.5, 0.5 },
        { "NaN", double.NaN, null },
        { "infinity", double.NegativeInfinity, null },
        { "float NaN", float.NaN, null },
        { "float infinity", float.PositiveInfinity, null },
        { "half NaN", Half.NaN, null },
        { "null", null, null },
        { "time span", TimeSpan.FromSeconds(1.5), 1500d },
        { "endless", Timeout.InfiniteTimeSpan, -1d },
        { "offset", Noon, Noon },
        { "utc", new DateTime(2024, 10, 25, 10, 0, 0, DateTimeKind.Utc), new DateTimeOffset(2024, 10, 25, 10, 0, 0, TimeSpan.Zero) },
        { "earliest", DateTime.MinValue, DateTimeOffset.MinValue },
        { "latest local", DateTime.SpecifyKind(DateTime.MaxValue, DateTimeKind.Local), new DateTimeOffset(DateTime.SpecifyKind(DateTime.MaxValue, DateTimeKind.Local).ToUniversalTime()) },
        { "date", new DateOnly(2024, 10, 25), "2024-10-25" },
        { "time", new TimeOnly(10, 0, 0, 500), "10:00:00.5" },
        { "enum", HealthStatus.Degraded, "Degraded" },
        { "unnamed enum", (HealthStatus)99, "99" },
        { "char", 'x', "x" },
        { "guid", new Guid("0f8fad5b-d9cb-469f-a165-70867728950e"), "0f8fad5b-d9cb-469f-a165-70867728950e" },
        { "version", new Version(1, 2, 3), "1.2.3" },
        { "uri", new Uri("https://user:hunter2@db.example/x"), "https://db.example/x" },
        { "uri with backslashes", new Uri("https:\\\\user:hunter2@db.example/x"), "https://db.example/x" },
        { "uri with a query", new Uri("https://db.example/x?token=hunter2"), "https://db.example/x?token=…" },
        { "relative uri", new Uri("/x?token=hunter2", UriKind.Relative), "/x?token=…" },
        { "object", new TalkativeObject(), "TalkativeObject" },
        { "exception", new InvalidOperationException("hunter2"), "InvalidOperationException" },
        { "text of a connection", "Host=db;Password=hunter2", "Host=db;Password=…" },
        { "half a character", "a\uD83Db", "a\uFFFDb" },
        { "list that throws", new ThrowingList(), "ThrowingList" },
    };

    [Theory]
    [MemberData(nameof(Scalars))]
    public void Value_becomes_plain(string what, object? value, object? expected) => Assert.Equal(expected, Clean((what, value))[what]);

    [Fact]
    public void Data_of_a_default_result_is_empty()
    {
        Assert.Empty(CheckData.Clean(default(HealthCheckResult).Data));
        Assert.Empty(Clean());
    }

    [Fact]
    public void Order_is_kept_and_keys_differ_by_case()
    {
        var clean = Clean(("z", 1), ("a", 2), ("A", 3), ("", 4));
        Assert.Equal(["z", "a", "A", ""], clean.Keys);
    }

    [Fact]
    public void Result_does_not_change_with_what_it_was_made_of_nor_by_its_readers()
    {
        var list = new List<int> { 1 };
        var clean = Clean(("list", list));
        list.Add(2);
        Assert.Equal([1L], Assert.IsAssignableFrom<IReadOnlyList<object?>>(clean["list"]));
        Assert.Throws<NotSupportedException>(() => ((IDictionary<string, object?>)clean).Clear());
        Assert.Throws<NotSupportedException>(() => ((IList)clean["list"]!).Clear());
    }

    [Fact]
    public void Lists_and_maps_of_every_kind_become_lists_and_maps()
    {
        var clean = Clean(
            ("array", new object?[] { 1, "two", null }),
            ("map", new Dictionary<string, object?> { ["inner"] = TimeSpan.FromSeconds(1) }),
            ("read-only map", new Dictionary<string, object?> { ["inner"] = 1 }.AsReadOnly()),
            ("map of numbers", new SortedDictionary<int, double> { [1] = 0.5 }),
            ("map by type", new Dictionary<object, object> { [new TalkativeObject()] = 1, [0.5] = 2, [HealthStatus.Healthy] = 3 }),
            ("lazy", Enumerable.Range(0, 3).Select(number => number * 2)));

        Assert.Equal([1L, "two", null], (IEnumerable<object?>)clean["array"]!);
        Assert.Equal(1000d, Map(clean["map"])["inner"]);
        Assert.Equal(1L, Map(clean["read-only map"])["inner"]);
        Assert.Equal(0.5, Map(clean["map of numbers"])["1"]);
        Assert.Equal(["TalkativeObject", "0.5", "Healthy"], Map(clean["map by type"]).Keys);
        Assert.Equal([0L, 2L, 4L], (IEnumerable<object?>)clean["lazy"]!);
    }

    [Fact]
    public void Secrets_are_taken_out_by_their_key_at_any_depth()
    {
        var clean = Clean(("Password", "hunter2"), ("inner", new Dictionary<string, object?> { ["api_key"] = 12345, ["token"] = null, ["tokens"] = 7 }));
        Assert.Equal("…", clean["Password"]);
        Assert.Equal(["…", null, "…"], Map(clean["inner"]).Values);
    }

    [Fact]
    public void Long_strings_and_keys_are_cut_and_keys_that_become_the_same_are_numbered()
    {
        var key = new string('k', 10_000);
        var clean = Clean(("huge", new string('x', 10_000_000)), (key + "1", 1), (key + "2", 2), ("\uD800", 3), ("\uD801", 4));

        Assert.Equal(CheckData.LongestText, ((string)clean["huge"]!).Length);
        Assert.EndsWith("x…", (string)clean["huge"]!, StringComparison.Ordinal);
        var cut = new string('k', CheckData.LongestKey - 1) + "…";
        Assert.Equal(["huge", cut, cut + "~2", "\uFFFD", "\uFFFD~2"], clean.Keys);
    }

    [Fact]
    public void Cut_never_parts_a_character()
    {
        var clean = (string)Clean(("face", string.Concat(Enumerable.Repeat("😀", 2_000))))["face"]!;
        Assert.True(clean.Length <= CheckData.LongestText);
        Assert.All(clean.EnumerateRunes(), rune => Assert.NotEqual(Rune.ReplacementChar, rune));
    }

    [Fact]
    public void Cycle_ends_at_the_greatest_depth()
    {
        var cycle = new Dictionary<string, object?>();
        cycle["self"] = cycle;
        var depth = 0;
        object? at = CheckData.Clean(cycle!);
        for (; at is IReadOnlyDictionary<string, object?> map; at = map["self"])
            depth++;
        Assert.Equal(CheckData.Deepest, depth);
        Assert.Equal("…", at);
    }

    [Fact]
    public void Wide_cycle_ends_with_the_allowance()
    {
        var cycle = new List<object>();
        cycle.AddRange(Enumerable.Repeat(cycle, 100));
        Assert.True(Size(Clean(("cycle", cycle))) <= CheckData.MostBytes * 2);
    }

    [Fact]
    public void More_keys_or_items_than_allowed_are_left_out_and_it_says_so()
    {
        var many = CheckData.Clean(Enumerable.Range(0, 1_000).ToDictionary(n => $"{n}", n => (object)n));
        Assert.Equal(CheckData.MostItems + 1, many.Count);
        Assert.Equal("…", many["…"]);
        var list = (IReadOnlyList<object?>)Clean(("list", Enumerable.Range(0, 1_000)))["list"]!;
        Assert.Equal(CheckData.MostItems + 1, list.Count);
        Assert.Equal("…", list[^1]);
    }

    [Theory]
    [InlineData('x')]
    [InlineData('€')]
    [InlineData('\u0001')]
    public void All_together_is_no_larger_than_the_allowance(char filling)
    {
        var clean = CheckData.Clean(Enumerable.Range(0, 90).ToDictionary(n => $"{n}", _ => (object)new string(filling, 1_000)));
        Assert.InRange(Size(clean), CheckData.MostBytes / 2, CheckData.MostBytes);
        Assert.Equal("…", clean.Values.Last());
    }

    [Fact]
    public void Endless_data_ends()
    {
        Assert.Equal(CheckData.MostItems + 1, CheckData.Clean(new HostileDictionary(endless: true)).Count);
        Assert.Equal(CheckData.MostItems + 1, ((IReadOnlyList<object?>)Clean(("list", new HostileDictionary(endless: true).Keys))["list"]!).Count);
    }

    [Fact]
    public void What_the_data_itself_throws_comes_through() =>
        Assert.Throws<TimeZoneNotFoundException>(() => CheckData.Clean(new HostileDictionary(endless: false)));

    [Fact]
    public void Garbage_at_random_never_throws_and_is_bounded()
    {
        const int Seed = 2002;
        TestContext.Current.TestOutputHelper?.WriteLine($"seed {Seed}");
        var random = new Random(Seed);
        for (var round = 0; round < 500; round++)
        {
            var data = Enumerable.Range(0, random.Next(8)).ToDictionary(n => Text(random) + n, _ => Garbage(random, 0)!);
            Assert.True(Size(CheckData.Clean(data)) <= CheckData.MostBytes * 2);
        }
    }

    private static object? Garbage(Random random, int depth) => random.Next(depth > 6 ? 6 : 9) switch
    {
        0 => Text(random),
        1 => BitConverter.Int64BitsToDouble(random.NextInt64(long.MinValue, long.MaxValue)),
        2 => new DateTime(random.NextInt64(DateTime.MaxValue.Ticks), (DateTimeKind)random.Next(3)),
        3 => null,
        4 => new TalkativeObject(),
        5 => new TimeSpan(random.NextInt64(long.MinValue, long.MaxValue)),
        6 => Enumerable.Range(0, random.Next(200)).Select(_ => Garbage(random, depth + 3)),
        7 => Enumerable.Range(0, random.Next(4)).ToDictionary(n => Text(random) + n, _ => Garbage(random, depth + 1)),
        _ => new object?[] { Garbage(random, depth + 1), Garbage(random, depth + 1) },
    };

    private static string Text(Random random) => new([.. Enumerable.Range(0, random.Next(30)).Select(_ => (char)random.Next(0x10000))]);

    private static IReadOnlyDictionary<string, object?> Clean(params (string Key, object? Value)[] items)
    {
        var data = new OrderedDictionary<string, object>();
        foreach (var (key, value) in items)
            data.Add(key, value!);
        return CheckData.Clean(data);
    }

    private static IReadOnlyDictionary<string, object?> Map(object? value) => Assert.IsAssignableFrom<IReadOnlyDictionary<string, object?>>(value);

    private static int Size(object? value) => value switch
    {
        string text => Encoding.UTF8.GetByteCount(text),
        IReadOnlyDictionary<string, object?> map => map.Sum(pair => Size(pair.Key) + Size(pair.Value)),
        IEnumerable<object?> list => list.Sum(Size),
        null or bool or long or double or decimal or DateTimeOffset => 8,
        _ => throw new InvalidOperationException(string.Create(CultureInfo.InvariantCulture, $"{value.GetType()} is not plain")),
    };

    private sealed class TalkativeObject
    {
        public override string ToString() => throw new InvalidOperationException("nobody is to ask");
    }

    private sealed class ThrowingList : IEnumerable
    {
        public IEnumerator GetEnumerator() => throw new InvalidOperationException("hunter2");
    }

    private sealed class HostileDictionary(bool endless) : IReadOnlyDictionary<string, object>
    {
        public IEnumerable<string> Keys => this.Select(pair => pair.Key);
        public IEnumerable<object> Values => throw new NotSupportedException();
        public int Count => throw new NotSupportedException();
        public object this[string key] => throw new NotSupportedException();
        public bool ContainsKey(string key) => throw new NotSupportedException();
        public bool TryGetValue(string key, out object value) => throw new NotSupportedException();
        IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

        public IEnumerator<KeyValuePair<string, object>> GetEnumerator()
        {
            for (var number = 0L; endless || number < 3; number++)
                yield return new($"{number}", number);
            throw new TimeZoneNotFoundException();
        }
    }
}
