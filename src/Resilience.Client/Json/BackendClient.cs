using System.Diagnostics.CodeAnalysis;
using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace Resilience.Client;

/// <summary>
/// JSON calls to one backend. Bodies are read inside the attempt, so that a connection cut within one is retried too, up to
/// <see cref="BackendOptions.MaxResponseBody"/>. Injected by constructor into a typed client of <c>AddResilientBackend&lt;TClient&gt;</c>, or keyed by
/// the backend's name. Thread-safe; may be kept as long as one likes.
/// </summary>
/// <remarks>
/// Every method throws <see cref="BackendException"/> when the call fails or is answered with a status that is not 2xx (then with
/// <see cref="BackendException.Problem"/>, if the answer has problem details), and <see cref="OperationCanceledException"/> only when its
/// own token is cancelled. Paths are relative to the backend's address: without a slash at the beginning.
/// An empty answer, such as 204, is <see langword="default"/>. A <c>bearerToken</c> is sent as <c>Authorization: Bearer …</c>; an
/// <c>idempotencyKey</c> as <c>Idempotency-Key</c>, which a backend that knows the header answers once and then the same again.
/// </remarks>
public sealed class BackendClient
{
    private const string Reflects = "JSON without a JsonTypeInfo is read by reflection: use the overload that takes one.";
    private static readonly MediaTypeHeaderValue Json = new("application/json") { CharSet = "utf-8" };
    private static readonly MediaTypeWithQualityHeaderValue Accepted = new("application/json");

    private readonly string _name;
    private readonly HttpClient _http;
    private readonly JsonSerializerOptions? _json;

    /// <summary>For tests and clients made by hand; <paramref name="http"/> should come from a registered backend.</summary>
    /// <param name="http">Sends the calls; needs a base address.</param>
    /// <param name="json">How to read and write JSON where no JsonTypeInfo is given; default <see cref="JsonSerializerOptions.Web"/>.</param>
    public BackendClient(HttpClient http, JsonSerializerOptions? json = null)
    {
        ArgumentNullException.ThrowIfNull(http);
        (_name, _http, _json) = (http.BaseAddress?.Host ?? "backend", http, json);
    }

    internal BackendClient(string name, HttpClient http)
        : this(http) => _name = name;

    /// <summary>Gets <paramref name="path"/>.</summary>
    [RequiresUnreferencedCode(Reflects)]
    [RequiresDynamicCode(Reflects)]
    public Task<T?> GetAsync<T>(string path, string? bearerToken = null, CancellationToken cancellationToken = default) =>
        GetAsync(path, Info<T>(), bearerToken, cancellationToken);

    /// <summary>Gets <paramref name="path"/>.</summary>
    [RequiresUnreferencedCode(Reflects)]
    [RequiresDynamicCode(Reflects)]
    public Task<T?> GetAsync<T>(string path, CancellationToken cancellationToken) => GetAsync(path, Info<T>(), null, cancellationToken);

    /// <summary>Gets <paramref name="path"/>, without reflection.</summary>
    public Task<T?> GetAsync<T>(string path, JsonTypeInfo<T> json, string? bearerToken = null, CancellationToken cancellationToken = default) =>
        SendAsync(HttpMethod.Get, path, null, json, null, bearerToken, cancellationToken);

    /// <summary>
    /// Posts <paramref name="body"/>. With an <paramref name="idempotencyKey"/> the backend must answer a repetition as it answered the first;
    /// only then is the request sent again after it may have arrived.
    /// </summary>
    [RequiresUnreferencedCode(Reflects)]
    [RequiresDynamicCode(Reflects)]
    public Task<T?> PostAsync<TBody, T>(
        string path, TBody body, string? idempotencyKey = null, string? bearerToken = null, CancellationToken cancellationToken = default) =>
        PostAsync(path, body, Info<TBody>(), Info<T>(), idempotencyKey, bearerToken, cancellationToken);

    /// <summary>Posts <paramref name="body"/>, without reflection.</summary>
    public Task<T?> PostAsync<TBody, T>(
        string path, TBody body, JsonTypeInfo<TBody> bodyJson, JsonTypeInfo<T> json, string? idempotencyKey = null, string? bearerToken = null,
        CancellationToken cancellationToken = default) =>
        SendAsync(HttpMethod.Post, path, Content(body, bodyJson), json, idempotencyKey, bearerToken, cancellationToken);

    /// <summary>Puts <paramref name="body"/>.</summary>
    [RequiresUnreferencedCode(Reflects)]
    [RequiresDynamicCode(Reflects)]
    public Task<T?> PutAsync<TBody, T>(string path, TBody body, string? bearerToken = null, CancellationToken cancellationToken = default) =>
        PutAsync(path, body, Info<TBody>(), Info<T>(), bearerToken, cancellationToken);

    /// <summary>Puts <paramref name="body"/>, without reflection.</summary>
    public Task<T?> PutAsync<TBody, T>(
        string path, TBody body, JsonTypeInfo<TBody> bodyJson, JsonTypeInfo<T> json, string? bearerToken = null,
        CancellationToken cancellationToken = default) =>
        SendAsync(HttpMethod.Put, path, Content(body, bodyJson), json, null, bearerToken, cancellationToken);

    /// <summary>Patches with <paramref name="body"/>; for <paramref name="idempotencyKey"/> see <see cref="PostAsync{TBody, T}(string, TBody, string?, string?, CancellationToken)"/>.</summary>
    [RequiresUnreferencedCode(Reflects)]
    [RequiresDynamicCode(Reflects)]
    public Task<T?> PatchAsync<TBody, T>(
        string path, TBody body, string? idempotencyKey = null, string? bearerToken = null, CancellationToken cancellationToken = default) =>
        PatchAsync(path, body, Info<TBody>(), Info<T>(), idempotencyKey, bearerToken, cancellationToken);

    /// <summary>Patches with <paramref name="body"/>, without reflection.</summary>
    public Task<T?> PatchAsync<TBody, T>(
        string path, TBody body, JsonTypeInfo<TBody> bodyJson, JsonTypeInfo<T> json, string? idempotencyKey = null, string? bearerToken = null,
        CancellationToken cancellationToken = default) =>
        SendAsync(HttpMethod.Patch, path, Content(body, bodyJson), json, idempotencyKey, bearerToken, cancellationToken);

    /// <summary>Deletes <paramref name="path"/>; what the answer's body holds is not read.</summary>
    public async Task DeleteAsync(string path, string? bearerToken = null, CancellationToken cancellationToken = default)
    {
        using var request = Request(HttpMethod.Delete, path, null, null, bearerToken);
        using var response = await ReceiveAsync(request, cancellationToken).ConfigureAwait(false);
    }

    private async Task<T?> SendAsync<T>(
        HttpMethod method, string path, HttpContent? content, JsonTypeInfo<T> json, string? idempotencyKey, string? bearerToken,
        CancellationToken cancellationToken)
    {
        using var request = Request(method, path, content, idempotencyKey, bearerToken);
        using var response = await ReceiveAsync(request, cancellationToken).ConfigureAwait(false);
        if (response.StatusCode == HttpStatusCode.NoContent || response.Content.Headers.ContentLength == 0)
            return default;
        try
        {
            using var body = await response.Content.ReadAsStreamAsync(cancellationToken).ConfigureAwait(false);
            return await JsonSerializer.DeserializeAsync(body, json, cancellationToken).ConfigureAwait(false);
        }
        catch (JsonException e)
        {
            throw Failed(request, response, BackendFailureReason.InvalidResponse, $"answered something that is not the JSON of {typeof(T).Name}", inner: e);
        }
    }

    private async Task<HttpResponseMessage> ReceiveAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        var response = await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken).ConfigureAwait(false);
        if (response.IsSuccessStatusCode)
            return response;
        using (response)
        {
            var problem = response.Content.Headers.ContentType?.MediaType?.EndsWith("json", StringComparison.OrdinalIgnoreCase) == true
                ? BackendProblem.Parse(await response.Content.ReadAsByteArrayAsync(cancellationToken).ConfigureAwait(false))
                : null;
            throw Failed(request, response, BackendFailureReason.Status, $"answered {request.Method} with {(int)response.StatusCode}", problem);
        }
    }

    private BackendException Failed(
        HttpRequestMessage request, HttpResponseMessage response, BackendFailureReason reason, string what, BackendProblem? problem = null,
        Exception? inner = null)
    {
        var (attempts, elapsed) = CallOptions.SpentOn(request);
        // A title is written for people to read; details and errors may hold what logs should not.
        var title = problem?.Title is { Length: > 0 } text ? $" ({text})" : "";
        return new(
            _name, reason, $"Backend '{_name}' {what}{title}. {attempts} {(attempts == 1 ? "attempt" : "attempts")}, {FailureText.Seconds(elapsed)}.",
            attempts, elapsed, response.StatusCode, RetryAfter.Of(response, TimeProvider.System), problem, inner);
    }

    private static HttpRequestMessage Request(HttpMethod method, string path, HttpContent? content, string? idempotencyKey, string? bearerToken)
    {
        ArgumentNullException.ThrowIfNull(path);
        var request = new HttpRequestMessage(method, path) { Content = content };
        request.Options.Set(CallOptions.ReadBody, true);
        request.Headers.Accept.Add(Accepted);
        if (bearerToken is not null)
            request.Headers.Authorization = new("Bearer", bearerToken);
        if (idempotencyKey is not null)
            request.Headers.Add("Idempotency-Key", idempotencyKey);
        return request;
    }

    private static ByteArrayContent Content<TBody>(TBody body, JsonTypeInfo<TBody> json) =>
        new(JsonSerializer.SerializeToUtf8Bytes(body, json)) { Headers = { ContentType = Json } };

    [RequiresUnreferencedCode(Reflects)]
    [RequiresDynamicCode(Reflects)]
    private JsonTypeInfo<T> Info<T>() => (JsonTypeInfo<T>)(_json ?? JsonSerializerOptions.Web).GetTypeInfo(typeof(T));
}
