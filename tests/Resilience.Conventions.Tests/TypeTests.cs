using System.Reflection;
using System.Runtime.CompilerServices;
using Xunit;

namespace Resilience.Conventions.Tests;

public sealed class TypeTests
{
    private static readonly string[] EmptyWords = ["Utils", "Common", "Helpers", "Internal", "Abstractions"];

    [Fact]
    public void Public_types_are_closed_or_made_to_be_implemented()
    {
        var open = Types().Where(type => type.IsVisible && type is { IsClass: true, IsSealed: false, IsAbstract: false });
        AssertNone(open, "public class that is neither sealed, static nor abstract");
    }

    [Fact]
    public void Namespaces_say_what_they_are_for() =>
        AssertNone(Types().Where(type => EmptyWords.Intersect(type.Namespace?.Split('.') ?? []).Any()), "namespace that says nothing");

    [Fact]
    public void Types_live_under_the_name_of_their_package()
    {
        // Extension methods are the exception: they stand where their caller already looks.
        var strays = Types().Where(type =>
            type.DeclaringType is null
            && !type.IsDefined(typeof(CompilerGeneratedAttribute))
            && !type.IsDefined(typeof(ExtensionAttribute))
            && !$"{type.Namespace}.".StartsWith($"{type.Assembly.GetName().Name}.", StringComparison.Ordinal)
            && !type.IsDefined(typeof(System.CodeDom.Compiler.GeneratedCodeAttribute)));
        AssertNone(strays, "type outside its package's root namespace");
    }

    private static IEnumerable<Type> Types() => Repository.PackageAssemblies.SelectMany(assembly => assembly.GetTypes());

    private static void AssertNone(IEnumerable<Type> offenders, string what)
    {
        var found = offenders.Select(type => type.FullName).ToList();
        Assert.True(found.Count == 0, $"{what}:\n{string.Join('\n', found)}");
    }
}
