namespace Resilience.Health;

/// <summary>
/// That Redis answers <c>PING</c>: spoken over a connection of its own, made anew each time, so that what a client library has pooled hides nothing. With several
/// servers all are asked at once, and one that is well is enough.
/// </summary>
internal sealed class RedisCheck(RedisTarget target, RedisCheckSettings settings, TimeProvider time) : IHealthCheck
{
    public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        using var race = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var asked = target.Endpoints.Select(endpoint => AskAsync(endpoint, race.Token)).ToList();
        await foreach (var ended in Task.WhenEach(asked).ConfigureAwait(false))
        {
            if (!ended.IsCompletedSuccessfully || await ended.ConfigureAwait(false) is not { Fault: null } well)
                continue;
            await race.CancelAsync().ConfigureAwait(false);
            await ((Task)Task.WhenAll(asked)).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            return HealthCheckResult.Healthy(CheckResults.Connected, well.Data);
        }

        cancellationToken.ThrowIfCancellationRequested();
        var answers = await Task.WhenAll(asked).ConfigureAwait(false);
        return context.Failed(
            answers[0].Fault?.Code ?? CheckErrors.Failed, string.Join(' ', answers.Select(answer => answer.Fault?.Text)), answers[0].Exception, answers[0].Data);
    }

    private async Task<Answer> AskAsync(RedisEndpoint endpoint, CancellationToken cancellationToken)
    {
        Dictionary<string, object> data = [];
        try
        {
            await using var connection = await RedisConnection.OpenAsync(endpoint, target, settings.Tls, time, cancellationToken).ConfigureAwait(false);
            await GreetAsync(connection, cancellationToken).ConfigureAwait(false);
            var info = await InfoAsync(connection, cancellationToken).ConfigureAwait(false);
            data = info?.Data() ?? data;
            if (settings.RequireWritable && info is not { KnowsRole: true })
                throw new RedisFaultException(new(CheckErrors.Forbidden, "does not tell whether it takes writes: allow the user INFO, or unset RequireWritable."));
            if (settings.RequireWritable && info is { IsReplica: true })
                throw new RedisFaultException(new(CheckErrors.ReadOnly, "is a replica, which takes no writes."));
            return new(null, null, data);
        }
        catch (RedisFaultException e)
        {
            return new(e.Fault with { Text = $"{endpoint} {e.Fault.Text}" }, null, data);
        }
        catch (Exception e) when (!cancellationToken.IsCancellationRequested)
        {
            var code = ErrorClassifier.Classify(e);
            return new(new(code, FailureWords.Of(endpoint.ToString(), code)), e, data);
        }
    }

    private async Task GreetAsync(RedisConnection connection, CancellationToken cancellationToken)
    {
        List<string[]> commands = [];
        if (target.Password is not null)
            commands.Add(target.User is null ? ["AUTH", target.Password] : ["AUTH", target.User, target.Password]);
        if (target.Database != 0)
            commands.Add(["SELECT", $"{target.Database}"]);
        commands.Add(["PING"]);
        try
        {
            await connection.SendAsync(cancellationToken, commands).ConfigureAwait(false);
        }
        catch (IOException) when (!cancellationToken.IsCancellationRequested)
        {
            // A server that is full says so and closes before it is asked: what it said can still be read.
        }

        for (var i = 0; i < commands.Count; i++)
        {
            var reply = await connection.ReadAsync(cancellationToken).ConfigureAwait(false);
            if (reply.Kind != RespKind.Text || reply.Text != (i == commands.Count - 1 ? "PONG" : "OK"))
                throw new RedisFaultException(RedisFault.Of(reply));
        }
    }

    // A proxy may not know INFO, and close; a user may not be allowed it. PING was answered, which is what counts.
    private static async Task<RedisInfo?> InfoAsync(RedisConnection connection, CancellationToken cancellationToken)
    {
        try
        {
            await connection.SendAsync(cancellationToken, ["INFO"], ["QUIT"]).ConfigureAwait(false);
            var info = await connection.ReadAsync(cancellationToken).ConfigureAwait(false);
            await connection.ReadAsync(cancellationToken).ConfigureAwait(false);
            return info.Kind == RespKind.Text ? new RedisInfo(info.Text) : null;
        }
        catch (RedisFaultException e) when (e.Fault.Code == CheckErrors.Closed)
        {
            return null;
        }
        catch (IOException) when (!cancellationToken.IsCancellationRequested)
        {
            return null;
        }
    }

    private sealed record Answer(RedisFault? Fault, Exception? Exception, Dictionary<string, object> Data);
}

internal sealed record RedisCheckSettings(RedisTarget? Target, bool RequireWritable, RedisTls Tls);
