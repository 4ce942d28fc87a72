using System.Reflection;

namespace Resilience.Conventions.Tests;

internal enum NullableMark : byte
{
    Unknown = 0,
    NotNull = 1,
    Nullable = 2,
}

/// <summary>
/// The compiler's nullable annotations of one signature, taken one by one in the order it stored them.
/// Read directly because <see cref="NullabilityInfoContext"/> answers whether a value may be null and so cannot tell <c>T</c> from <c>T?</c>.
/// </summary>
internal sealed class NullableMarks
{
    private readonly IReadOnlyList<NullableMark> _marks;
    private int _next;

    private NullableMarks(IReadOnlyList<NullableMark> marks) => _marks = marks;

    public static NullableMarks None => new([NullableMark.Unknown]);

    public static NullableMarks Of(MemberInfo member) =>
        new(Stored(member.CustomAttributes) ?? Context(member is System.Type { IsGenericParameter: true, DeclaringMethod: { } method } ? method : member.DeclaringType));

    public static NullableMarks Of(ParameterInfo parameter) => new(Stored(parameter.CustomAttributes) ?? Context(parameter.Member));

    /// <summary>The mark of the next type; a single stored one counts for all.</summary>
    public NullableMark Take() => _marks.Count == 1 ? _marks[0] : _marks[_next++];

    private static NullableMark[]? Stored(IEnumerable<CustomAttributeData> attributes) =>
        attributes.FirstOrDefault(attribute => attribute.AttributeType.Name == "NullableAttribute")?.ConstructorArguments[0].Value switch
        {
            byte one => [(NullableMark)one],
            IEnumerable<CustomAttributeTypedArgument> all => [.. all.Select(one => (NullableMark)(byte)(one.Value ?? 0))],
            _ => null,
        };

    private static NullableMark[] Context(MemberInfo? scope)
    {
        for (; scope is not null; scope = scope.DeclaringType)
        {
            var context = scope.CustomAttributes.FirstOrDefault(attribute => attribute.AttributeType.Name == "NullableContextAttribute");
            if (context?.ConstructorArguments[0].Value is byte mark)
                return [(NullableMark)mark];
        }

        return [NullableMark.Unknown];
    }
}
