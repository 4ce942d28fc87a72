namespace Resilience.Client.Tests;

internal static class TestSettings
{
    public static readonly Uri Address = new("http://backend.test:5081/");

    /// <summary>The defaults, as a host without configuration has them.</summary>
    public static Settings Default { get; } = Of(_ => { });

    public static Settings Of(Action<BackendOptions> configure)
    {
        var options = new BackendOptions { Address = Address };
        configure(options);
        return Settings.From(options);
    }
}
