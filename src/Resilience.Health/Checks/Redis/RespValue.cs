namespace Resilience.Health;

internal enum RespKind
{
    Text,
    Error,
    Integer,
    Null,
    Array,
}

/// <summary>One reply of Redis.</summary>
/// <param name="Kind">What it is; simple and bulk strings are both text.</param>
/// <param name="Text">Of a text or error. One letter per byte: nothing is lost, and nothing can fail.</param>
/// <param name="Number">Of an integer.</param>
/// <param name="Items">Of an array.</param>
internal sealed record RespValue(RespKind Kind, string Text = "", long Number = 0, IReadOnlyList<RespValue>? Items = null);
