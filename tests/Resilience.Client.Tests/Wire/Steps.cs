using System.Security.Cryptography.X509Certificates;

namespace Resilience.Client.Tests.Wire;

/// <summary>One thing that a backend does on a connection.</summary>
internal delegate Task Step(Peer peer);

/// <summary>What scripts are made of.</summary>
internal static class Steps
{
    public static Step ReadHead => peer => peer.ReadHeadAsync();

    public static Step ReadBody => peer => peer.ReadBodyAsync();

    /// <summary>Reads head and body.</summary>
    public static Step Read => async peer =>
    {
        await peer.ReadHeadAsync();
        await peer.ReadBodyAsync();
    };

    /// <summary>Answers with the path that was asked for.</summary>
    public static Step Echo => peer => peer.SendAsync(Answer(200, peer.Request.Target));

    /// <summary>Says nothing until the client gives up.</summary>
    public static Step Silence => peer => peer.WaitForCloseAsync();

    public static Step Reset => Do(peer => peer.Reset());

    public static Step Close => Do(peer => peer.Close());

    public static Step HalfClose => Do(peer => peer.HalfClose());

    public static Step Send(string text) => peer => peer.SendAsync(text);

    public static Step Send(byte[] bytes) => peer => peer.SendAsync(bytes);

    public static Step Ok(string body = "ok") => Reply(200, body);

    public static Step Json(string json) => Reply(200, json, "Content-Type: application/json");

    public static Step Reply(int status, string body = "", params string[] headers) => Send(Answer(status, body, headers));

    /// <summary>Waits for a signal of the test.</summary>
    public static Step Wait(Task signal) => _ => signal;

    /// <summary>Tells the test that the script has come this far.</summary>
    public static Step Signal(TaskCompletionSource signal) => Do(_ => signal.TrySetResult());

    /// <summary>Reads that many bytes, whatever they are.</summary>
    public static Step ReadBytes(int count) => peer => peer.ReadExactlyAsync(count);

    public static Step Tls(X509Certificate2 certificate) => peer => peer.SecureAsync(certificate);

    /// <summary>Sends a byte at a time.</summary>
    public static Step Drip(string text, TimeSpan pause) => async peer =>
    {
        using var timer = new PeriodicTimer(pause);
        foreach (var character in text)
        {
            await peer.SendAsync(character.ToString());
            await timer.WaitForNextTickAsync();
        }
    };

    public static Step Do(Action<Peer> act) => peer =>
    {
        act(peer);
        return Task.CompletedTask;
    };

    public static string Answer(int status, string body, params string[] headers) =>
        $"HTTP/1.1 {status} Scripted\r\nContent-Length: {body.Length}\r\n{string.Concat(headers.Select(header => header + "\r\n"))}\r\n{body}";
}
