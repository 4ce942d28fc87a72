using System.Reflection;
using System.Runtime.CompilerServices;

namespace Resilience.Conventions.Tests;

/// <summary>Writes what an assembly lets its users name: a line per type, an indented line per member, both sorted.</summary>
internal static class PublicSurface
{
    private const BindingFlags Declared =
        BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly;

    public static IEnumerable<string> Of(Assembly assembly) =>
        assembly.GetTypes()
            .Where(type => type.IsVisible || (type.IsNestedFamily && type.DeclaringType is { IsVisible: true }))
            .Where(type => !type.IsDefined(typeof(CompilerGeneratedAttribute)) && !Signature.Name(type).Contains('$', StringComparison.Ordinal))
            .OrderBy(Signature.Name, StringComparer.Ordinal)
            .SelectMany(type => Members(type).Order(StringComparer.Ordinal).Select(member => $"    {member}").Prepend(Heading(type)));

    private static string Heading(Type type)
    {
        if (typeof(Delegate).IsAssignableFrom(type) && type.GetMethod("Invoke") is { } invoke)
            return $"{Signature.Attributes(type)}delegate {Signature.Return(invoke)} {Signature.Name(type)}({Signature.Parameters(invoke)})";

        var isRecord = type.GetMethod("PrintMembers", Declared)?.IsDefined(typeof(CompilerGeneratedAttribute)) == true;
        var kind = type switch
        {
            { IsEnum: true } => "enum",
            { IsInterface: true } => "interface",
            { IsValueType: true } => (type.IsDefined(typeof(IsReadOnlyAttribute)) ? "readonly " : "") + (isRecord ? "record struct" : "struct"),
            { IsAbstract: true, IsSealed: true } => "static class",
            _ => (type.IsAbstract ? "abstract " : type.IsSealed ? "sealed " : "") + (isRecord ? "record" : "class"),
        };
        var inherited = type.BaseType?.GetInterfaces() ?? [];
        IEnumerable<string> bases = type.GetInterfaces().Except(inherited).Where(face => face.IsVisible).Select(Signature.Name).Order(StringComparer.Ordinal);
        if (type.IsEnum)
            bases = [Signature.Name(type.GetEnumUnderlyingType())];
        else if (type.BaseType is { } parent && parent != typeof(object) && parent != typeof(ValueType))
            bases = [Signature.Name(parent), .. bases];
        var list = string.Join(", ", bases);
        return $"{Signature.Attributes(type)}{kind} {Signature.Name(type)}{(list.Length == 0 ? "" : $" : {list}")}{Signature.Constraints(type.GetGenericArguments())}";
    }

    private static IEnumerable<string> Members(Type type)
    {
        if (typeof(Delegate).IsAssignableFrom(type))
            return [];
        if (type.IsEnum)
            return type.GetFields(BindingFlags.Public | BindingFlags.Static).Select(field => $"{field.Name} = {field.GetRawConstantValue()}");

        return type.GetFields(Declared).Where(field => field.IsPublic || field.IsFamily || field.IsFamilyOrAssembly).Select(Field)
            .Concat(type.GetConstructors(Declared).Where(Usable).Select(Constructor))
            .Concat(type.GetProperties(Declared).Where(property => property.GetAccessors(nonPublic: true).Any(Usable)).Select(Property))
            .Concat(type.GetEvents(Declared).Where(e => e.AddMethod is { } add && Usable(add)).Select(Event))
            .Concat(type.GetMethods(Declared).Where(method => Usable(method) && IsWritten(method)).Select(Method));
    }

    private static string Field(FieldInfo field)
    {
        var kind = field.IsLiteral ? "const " : (field.IsStatic ? "static " : "") + (field.IsInitOnly ? "readonly " : "");
        var value = field.IsLiteral ? $" = {Signature.Value(field.GetRawConstantValue(), field.FieldType)}" : "";
        return $"{Signature.Attributes(field)}{(field.IsPublic ? "" : "protected ")}{kind}{Signature.Type(field)} {field.Name}{value}";
    }

    private static string Constructor(ConstructorInfo constructor) =>
        $"{Signature.Attributes(constructor)}{Access(constructor)}.ctor({Signature.Parameters(constructor)})";

    private static string Property(PropertyInfo property)
    {
        var accessors = property.GetAccessors(nonPublic: true).Where(Usable).OrderByDescending(accessor => accessor.IsPublic).ToList();
        var list = accessors.Select(accessor =>
            (accessors[0].IsPublic && !accessor.IsPublic ? "protected " : "")
            + (accessor == property.GetMethod ? "get;" : Signature.IsInit(accessor) ? "init;" : "set;"));
        var index = property.GetIndexParameters().Length > 0 ? $"[{Signature.Parameters(accessors[0])}]" : "";
        var required = property.IsDefined(typeof(RequiredMemberAttribute)) ? "required " : "";
        return $"{Signature.Attributes(property)}{required}{Access(accessors[0])}{Signature.Type(property)} {property.Name}{index} {{ {string.Join(' ', list)} }}";
    }

    private static string Event(EventInfo source) =>
        $"{Signature.Attributes(source)}event {(source.AddMethod is { } add ? Access(add) : "")}{Signature.Type(source)} {source.Name}";

    private static string Method(MethodInfo method)
    {
        var generic = method.IsGenericMethod ? $"<{string.Join(", ", method.GetGenericArguments().Select(Signature.Name))}>" : "";
        return $"{Signature.Attributes(method)}{Access(method)}{Signature.Return(method)} {method.Name}{generic}({Signature.Parameters(method)}){Signature.Constraints(method.GetGenericArguments())}";
    }

    private static bool Usable(MethodBase method) => method.IsPublic || method.IsFamily || method.IsFamilyOrAssembly;

    /// <summary>False for accessors, which their property shows, and for what the compiler adds to records and lambdas.</summary>
    private static bool IsWritten(MethodInfo method) =>
        (!method.IsSpecialName || method.Name.StartsWith("op_", StringComparison.Ordinal)) && !method.IsDefined(typeof(CompilerGeneratedAttribute));

    private static string Access(MethodBase method)
    {
        var modifiers = method switch
        {
            { IsStatic: true, IsAbstract: true } => "static abstract ",
            { IsStatic: true } => "static ",
            { DeclaringType.IsInterface: true } => "",
            { IsAbstract: true } => "abstract ",
            MethodInfo own when own.GetBaseDefinition() != own => own.IsFinal ? "sealed override " : "override ",
            { IsVirtual: true, IsFinal: false } => "virtual ",
            _ => "",
        };
        return (method.IsPublic ? "" : "protected ") + modifiers;
    }
}
