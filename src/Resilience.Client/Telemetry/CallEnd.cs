namespace Resilience.Client;

/// <summary>What became of a call, in the words of its metrics and its trace.</summary>
internal readonly record struct CallEnd(string Outcome, string Reason)
{
    public static CallEnd Of(HttpResponseMessage response, Settings settings) =>
        Words.IsFailure(response.StatusCode) || settings.StatusCodes.Contains((int)response.StatusCode)
            ? new(Words.Failure, Words.Of(BackendFailureReason.Status))
            : new(Words.Success, Words.None);

    public static CallEnd Of(Exception exception, CancellationToken caller) => exception switch
    {
        BackendException failure => new(Words.Failure, Words.Of(failure.Reason)),
        OperationCanceledException when caller.IsCancellationRequested => new(Words.Cancelled, Words.None),
        _ => new(Words.Failure, Words.Exception),
    };
}
