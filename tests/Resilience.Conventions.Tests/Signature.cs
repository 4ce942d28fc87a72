using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Reflection;
using System.Runtime.CompilerServices;

namespace Resilience.Conventions.Tests;

/// <summary>The parts of a signature in C#'s words: full type names with nullability, parameters with defaults, constraints.</summary>
internal static class Signature
{
    private static readonly Dictionary<Type, string> Keywords = new()
    {
        [typeof(void)] = "void",
        [typeof(object)] = "object",
        [typeof(string)] = "string",
        [typeof(bool)] = "bool",
        [typeof(char)] = "char",
        [typeof(byte)] = "byte",
        [typeof(sbyte)] = "sbyte",
        [typeof(short)] = "short",
        [typeof(ushort)] = "ushort",
        [typeof(int)] = "int",
        [typeof(uint)] = "uint",
        [typeof(long)] = "long",
        [typeof(ulong)] = "ulong",
        [typeof(float)] = "float",
        [typeof(double)] = "double",
        [typeof(decimal)] = "decimal",
    };

    public static string Name(Type type) => Render(type, NullableMarks.None);

    public static string Type(FieldInfo field) => Render(field.FieldType, NullableMarks.Of(field));

    public static string Type(EventInfo source) => Render(source.EventHandlerType ?? typeof(object), NullableMarks.Of(source));

    public static string Type(PropertyInfo property) => Render(property.PropertyType, NullableMarks.Of(property));

    public static string Return(MethodInfo method) => Render(method.ReturnType, NullableMarks.Of(method.ReturnParameter));

    public static string Parameters(MethodBase method)
    {
        var parameters = method.GetParameters().Select(Parameter);
        return (method.IsDefined(typeof(ExtensionAttribute)) ? "this " : "") + string.Join(", ", parameters);
    }

    public static bool IsInit(MethodInfo setter) => setter.ReturnParameter.GetRequiredCustomModifiers().Contains(typeof(IsExternalInit));

    public static string Constraints(Type[] arguments) => string.Concat(arguments.Where(argument => argument.IsGenericParameter).Select(Constraint));

    /// <summary>Attributes a caller's compiler acts on; the others are documentation or the compiler's own.</summary>
    public static string Attributes(MemberInfo member)
    {
        var obsolete = member.GetCustomAttribute<ObsoleteAttribute>() is { IsError: var error } && !IsCompilersOwn(member) ? $"[Obsolete{(error ? "(error)" : "")}] " : "";
        return obsolete + (member.GetCustomAttribute<ExperimentalAttribute>() is { DiagnosticId: var id } ? $"[Experimental({id})] " : "");
    }

    public static string Value(object? value, Type type)
    {
        var plain = Nullable.GetUnderlyingType(type) ?? type;
        return value switch
        {
            null => plain == type && type.IsValueType ? "default" : "null",
            string text => $"\"{text.ReplaceLineEndings("\\n")}\"",
            char letter => $"'{letter}'",
            bool flag => flag ? "true" : "false",
            _ when plain.IsEnum => $"{Name(plain)}.{Enum.ToObject(plain, value).ToString()?.Replace(", ", " | ", StringComparison.Ordinal)}",
            IFormattable number => number.ToString(null, CultureInfo.InvariantCulture),
            _ => $"{value}",
        };
    }

    // The compiler marks constructors of types with required members as obsolete for older compilers.
    private static bool IsCompilersOwn(MemberInfo member) => member.IsDefined(typeof(CompilerFeatureRequiredAttribute));

    private static string Parameter(ParameterInfo parameter)
    {
        var kind = parameter switch
        {
            { IsOut: true } => "out ",
            { IsIn: true } => "in ",
            { ParameterType.IsByRef: true } => "ref ",
            _ when parameter.IsDefined(typeof(ParamArrayAttribute)) || parameter.IsDefined(typeof(ParamCollectionAttribute)) => "params ",
            _ => "",
        };
        var value = parameter.HasDefaultValue ? $" = {Value(parameter.RawDefaultValue, parameter.ParameterType)}" : "";
        return $"{kind}{Render(parameter.ParameterType, NullableMarks.Of(parameter))} {parameter.Name}{value}";
    }

    private static string Constraint(Type argument)
    {
        var flags = argument.GenericParameterAttributes;
        var isStruct = flags.HasFlag(GenericParameterAttributes.NotNullableValueTypeConstraint);
        var nullable = NullableMarks.Of(argument).Take();
        var parts = argument.GetGenericParameterConstraints().Where(bound => bound != typeof(ValueType)).Select(Name).ToList();
        if (isStruct)
            parts.Insert(0, "struct");
        else if (flags.HasFlag(GenericParameterAttributes.ReferenceTypeConstraint))
            parts.Insert(0, nullable == NullableMark.Nullable ? "class?" : "class");
        else if (nullable == NullableMark.NotNull)
            parts.Insert(0, "notnull");
        if (flags.HasFlag(GenericParameterAttributes.DefaultConstructorConstraint) && !isStruct)
            parts.Add("new()");
        return parts.Count == 0 ? "" : $" where {argument.Name} : {string.Join(", ", parts)}";
    }

    private static string Render(Type type, NullableMarks marks)
    {
        if (type.IsByRef)
            return Render(type.GetElementType() ?? type, marks);

        if (Nullable.GetUnderlyingType(type) is { } underlying)
            return Render(underlying, marks) + "?";

        // The compiler stores a mark for every type it walks through, outermost first, except for plain value types.
        var mark = type.IsValueType && !type.IsGenericType ? NullableMark.Unknown : marks.Take();
        return Unmarked(type, marks) + (mark == NullableMark.Nullable ? "?" : "");
    }

    private static string Unmarked(Type type, NullableMarks marks)
    {
        if (type.IsArray)
            return $"{Render(type.GetElementType() ?? typeof(object), marks)}[{new string(',', type.GetArrayRank() - 1)}]";
        if (Keywords.TryGetValue(type, out var keyword))
            return keyword;
        if (type.IsGenericParameter)
            return type.Name;

        var outer = type.DeclaringType?.GetGenericArguments().Length ?? 0;
        var arguments = type.GetGenericArguments().Select(argument => Render(argument, marks)).ToList();
        var prefix = type.DeclaringType is { } declaring ? Name(declaring) : type.Namespace;
        var own = arguments.Count > outer ? $"<{string.Join(", ", arguments.Skip(outer))}>" : "";
        return $"{prefix}.{type.Name.Split('`')[0]}{own}";
    }
}
