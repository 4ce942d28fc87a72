using System.Net;
using System.Text.Json;
using System.Text.Json.Serialization;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace Resilience.Client.Tests;

public sealed partial class BackendClientTests
{
    private const string Secret = "hunter2";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Get_reads_json_as_the_web_writes_it()
    {
        var (client, stub) = Client(new(body: """{"id":7,"name":"Nail","unknown":true}"""));

        Assert.Equal(new Item(7, "Nail"), await client.GetAsync<Item>("items/7?x=1", cancellationToken: Token));
        Assert.Equal((HttpMethod.Get, "http://backend.test/v1/items/7?x=1"), (stub.Request!.Method, stub.Request.RequestUri!.AbsoluteUri));
        Assert.Equal("application/json", stub.Request.Headers.Accept.ToString());
        Assert.Null(stub.Request.Headers.Authorization);
        Assert.Null(stub.Body);
    }

    [Fact]
    public async Task Each_method_sends_its_body_and_reads_the_answer()
    {
        var (client, stub) = Client(new(body: """{"id":8,"name":"Screw"}"""));
        var item = new Item(8, "Schräubchen");
        (HttpMethod Method, Func<Task<Item?>> Call)[] calls =
        [
            (HttpMethod.Post, () => client.PostAsync<Item, Item>("items", item, cancellationToken: Token)),
            (HttpMethod.Post, () => client.PostAsync("items", item, Source.Default.Item, Source.Default.Item, cancellationToken: Token)),
            (HttpMethod.Put, () => client.PutAsync<Item, Item>("items", item, cancellationToken: Token)),
            (HttpMethod.Put, () => client.PutAsync("items", item, Source.Default.Item, Source.Default.Item, cancellationToken: Token)),
            (HttpMethod.Patch, () => client.PatchAsync<Item, Item>("items", item, cancellationToken: Token)),
            (HttpMethod.Patch, () => client.PatchAsync("items", item, Source.Default.Item, Source.Default.Item, cancellationToken: Token)),
        ];

        foreach (var (method, call) in calls)
        {
            Assert.Equal(new Item(8, "Screw"), await call());
            Assert.Equal(method, stub.Request!.Method);
            Assert.Equal("application/json; charset=utf-8", stub.Request.Content!.Headers.ContentType!.ToString());
            Assert.Equal(item, JsonSerializer.Deserialize(stub.Body!, Source.Default.Item));
            Assert.False(stub.Request.Headers.Contains("Idempotency-Key"));
        }
    }

    [Fact]
    public async Task Bearer_token_and_idempotency_key_are_headers()
    {
        var (client, stub) = Client(new(body: "null"));

        Assert.Null(await client.PostAsync<int, Item>("items", 1, "key-1", Secret, Token));
        AssertHeaders("key-1");
        Assert.Null(await client.PatchAsync<int, Item>("items", 1, "key-2", Secret, Token));
        AssertHeaders("key-2");
        await client.PutAsync<int, Item>("items", 1, Secret, Token);
        AssertHeaders(null);
        await client.GetAsync<Item>("items", Secret, Token);
        AssertHeaders(null);
        await client.DeleteAsync("items", Secret, Token);
        AssertHeaders(null);
        Assert.Equal(HttpMethod.Delete, stub.Request!.Method);

        void AssertHeaders(string? key)
        {
            Assert.Equal("Bearer " + Secret, stub.Request!.Headers.Authorization!.ToString());
            Assert.Equal(key, stub.Request.Headers.TryGetValues("Idempotency-Key", out var keys) ? keys.Single() : null);
        }
    }

    [Theory]
    [InlineData(204, null)]
    [InlineData(200, null)]
    [InlineData(200, "")]
    [InlineData(200, "null")]
    public async Task Answer_without_a_body_is_nothing(int status, string? body)
    {
        var (client, _) = Client(new((HttpStatusCode)status, body));

        Assert.Null(await client.GetAsync<Item>("items", cancellationToken: Token));
        Assert.Null(await client.GetAsync("items", Source.Default.Item, cancellationToken: Token));
    }

    [Theory]
    [InlineData("<html>")]
    [InlineData("{\"id\":")]
    [InlineData("{\"id\":\"seven\"}")]
    [InlineData("[1]")]
    public async Task Answer_that_is_not_the_json_asked_for_is_invalid(string body)
    {
        var (client, _) = Client(new(body: body));

        var error = await Assert.ThrowsAsync<BackendException>(() => client.GetAsync<Item>("items", Secret, Token));

        Assert.Equal((BackendFailureReason.InvalidResponse, 1, HttpStatusCode.OK), (error.Reason, error.Attempts, error.LastStatus));
        Assert.IsType<JsonException>(error.InnerException);
        Assert.Contains("'catalog'", error.Message, StringComparison.Ordinal);
        AssertNoSecret(error);
    }

    [Fact]
    public async Task Problem_details_are_read_into_the_exception()
    {
        var (client, _) = Client(new(HttpStatusCode.UnprocessableEntity,
            $$$"""
            {"type":"https://errors.test/out","title":"Out of stock","status":422,"detail":"{{{Secret}}}","instance":"/orders/1",
             "errors":{"count":["too many","{{{Secret}}}"],"odd":1},"extra":{}}
            """, "application/problem+json"));

        var error = await Assert.ThrowsAsync<BackendException>(() => client.PostAsync<int, Item>("orders?key=" + Secret, 1, Secret, Secret, Token));

        Assert.Equal((BackendFailureReason.Status, HttpStatusCode.UnprocessableEntity), (error.Reason, error.StatusCode));
        var problem = error.Problem!;
        Assert.Equal(("https://errors.test/out", "Out of stock", 422, Secret, "/orders/1"),
            (problem.Type, problem.Title, problem.Status, problem.Detail, problem.Instance));
        Assert.Equal(["too many", Secret], Assert.Single(problem.Errors).Value);
        Assert.Contains("answered POST with 422 (Out of stock)", error.Message, StringComparison.Ordinal);
        AssertNoSecret(error);
    }

    [Theory]
    [InlineData("<h1>not found</h1>", "text/html")]
    [InlineData("not json", "application/json")]
    [InlineData("[]", "application/problem+json")]
    [InlineData(null, "")]
    public async Task Status_without_problem_details_is_an_exception_without(string? body, string type)
    {
        var (client, _) = Client(new(HttpStatusCode.NotFound, body, type));

        var error = await Assert.ThrowsAsync<BackendException>(() => client.DeleteAsync("items/7", cancellationToken: Token));

        Assert.Equal((BackendFailureReason.Status, HttpStatusCode.NotFound), (error.Reason, error.LastStatus));
        Assert.Null(error.Problem);
    }

    [Fact]
    public async Task Wish_to_be_left_alone_is_in_the_exception()
    {
        var (client, _) = Client(new StubHandler(_ =>
        {
            var response = StubHandler.Response(HttpStatusCode.Conflict);
            response.Headers.Add("Retry-After", "7");
            return response;
        }));

        var error = await Assert.ThrowsAsync<BackendException>(() => client.GetAsync<Item>("items", cancellationToken: Token));

        Assert.Equal(TimeSpan.FromSeconds(7), error.RetryAfter);
    }

    [Fact]
    public async Task Client_made_by_hand_works_over_any_http_client()
    {
        using var http = new HttpClient(new StubHandler(body: """{"Id":7,"Name":"Nail"}""")) { BaseAddress = new("http://by-hand.test/") };
        var client = new BackendClient(http, JsonSerializerOptions.Default);

        Assert.Equal(new Item(7, "Nail"), await client.GetAsync<Item>("items", cancellationToken: Token));
        Assert.Throws<ArgumentNullException>(() => new BackendClient(null!));
        await Assert.ThrowsAsync<ArgumentNullException>(() => client.GetAsync<Item>(null!, cancellationToken: Token));
    }

    [Fact]
    public async Task Caller_that_cancels_gets_its_own_cancellation()
    {
        using var source = new CancellationTokenSource();
        await source.CancelAsync();
        var (client, _) = Client(new(body: "null"));

        var error = await Assert.ThrowsAnyAsync<OperationCanceledException>(() => client.GetAsync<Item>("items", cancellationToken: source.Token));
        Assert.Equal(source.Token, error.CancellationToken);
    }

    private static (BackendClient Client, StubHandler Stub) Client(StubHandler stub)
    {
        var services = new ServiceCollection();
        services.AddResilientBackend("catalog", options => options.Address = new("http://backend.test/v1"))
            .ConfigurePrimaryHttpMessageHandler(() => stub);
        return (services.BuildServiceProvider().GetRequiredKeyedService<BackendClient>("catalog"), stub);
    }

    private static void AssertNoSecret(BackendException error)
    {
        Assert.DoesNotContain(Secret, error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("http://", error.Message, StringComparison.Ordinal);
    }

    internal sealed record Item(int Id, string Name);

    [JsonSourceGenerationOptions(JsonSerializerDefaults.Web)]
    [JsonSerializable(typeof(Item))]
    private sealed partial class Source : JsonSerializerContext;
}
