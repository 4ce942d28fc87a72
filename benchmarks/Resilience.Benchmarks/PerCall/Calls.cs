using System.Text.Json.Serialization;

namespace Resilience.Benchmarks;

/// <summary>The loops that are measured.</summary>
internal static class Calls
{
    public static async Task GetAsync(HttpClient http, int calls)
    {
        for (var call = 0; call < calls; call++)
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, "items");
            using var response = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        }
    }

    /// <exception cref="InvalidOperationException">One was not refused.</exception>
    public static async Task AreRefusedAsync(HttpClient http, int calls)
    {
        for (var call = 0; call < calls; call++)
        {
            try
            {
                using var response = await http.GetAsync("items");
            }
            catch (Exception e) when (e is HttpRequestException or Polly.CircuitBreaker.BrokenCircuitException)
            {
                continue;
            }

            throw new InvalidOperationException("The call was not refused.");
        }
    }
}

/// <summary>What JSON calls get.</summary>
internal sealed record Item(int Id, string Name, decimal Price, bool IsThere)
{
    public static byte[] Json { get; } = """[{"id":1,"name":"Apple","price":0.45,"isThere":true},{"id":2,"name":"Banana","price":0.25,"isThere":true},{"id":3,"name":"Cherry","price":4.99,"isThere":false}]"""u8.ToArray();
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(Item[]))]
internal sealed partial class ItemJson : JsonSerializerContext;
