using System.Reflection;
using System.Runtime.Loader;
using Microsoft.Extensions.DependencyInjection;

namespace Resilience.OutageLab.Clients;

/// <summary>A client of somebody else: each public class of an assembly with <c>public static IHttpClientBuilder Configure(IHttpClientBuilder)</c>, named like the class.</summary>
internal static class Plugin
{
    public static IReadOnlyList<string> Names(string path) => [.. Methods(path).Select(method => method.DeclaringType!.Name)]; // A method of a type has one.

    public static Func<IHttpClientBuilder, IHttpClientBuilder> Load(string path, string name) =>
        Methods(path).FirstOrDefault(method => method.DeclaringType!.Name == name)?.CreateDelegate<Func<IHttpClientBuilder, IHttpClientBuilder>>()
        ?? throw new ArgumentException($"{path} has no public class {name} with 'public static IHttpClientBuilder Configure(IHttpClientBuilder builder)'.");

    private static IEnumerable<MethodInfo> Methods(string path)
    {
        path = Path.GetFullPath(path);
        return
            from type in new Context(path).LoadFromAssemblyPath(path).GetExportedTypes()
            let method = type.GetMethod("Configure", BindingFlags.Public | BindingFlags.Static, [typeof(IHttpClientBuilder)])
            where method is not null && method.ReturnType == typeof(IHttpClientBuilder)
            select method;
    }

    /// <summary>What this program has is shared, so that types are the same; the rest comes from beside the plug-in.</summary>
    private sealed class Context(string path) : AssemblyLoadContext(path)
    {
        private readonly AssemblyDependencyResolver _resolver = new(path);

        protected override Assembly? Load(AssemblyName assemblyName)
        {
            try
            {
                return Default.LoadFromAssemblyName(assemblyName);
            }
            catch (FileNotFoundException)
            {
                return _resolver.ResolveAssemblyToPath(assemblyName) is { } found ? LoadFromAssemblyPath(found) : null;
            }
        }
    }
}
