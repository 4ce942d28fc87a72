using System.Diagnostics;
using Resilience.Client;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace Demo;

/// <summary>What can be seen while it runs: a live table on a terminal, else a line per second and per event.</summary>
internal sealed class Display(Stopwatch clock, IBackend backend, Load plain, Load resilient, Attempts attempts)
{
    private const int WidthOfFiles = 110;
    private static readonly TimeSpan RefreshEvery = TimeSpan.FromMilliseconds(200), LineEvery = TimeSpan.FromSeconds(1);

    private readonly List<string> _events = [];

    public IAnsiConsole Console { get; } = Open();

    private bool IsLive => Console.Profile.Capabilities.Ansi;

    /// <summary>Something happens before the first call.</summary>
    public void Print(TimeSpan at, string text) => Console.WriteLine(Line(at, text));

    /// <summary>Something happens.</summary>
    public void Say(string text)
    {
        var line = Line(clock.Elapsed, text);
        lock (_events)
            _events.Add(line);
        if (!IsLive)
            Console.WriteLine(line);
    }

    public async Task ShowAsync(Task run)
    {
        if (IsLive)
        {
            await Console.Live(Table()).StartAsync(async live =>
            {
                while (!run.IsCompleted)
                {
                    await Task.WhenAny(run, Task.Delay(RefreshEvery));
                    live.UpdateTarget(Table());
                }
            });
        }
        else
        {
            while (await Task.WhenAny(run, Task.Delay(LineEvery)) != run)
                Print(clock.Elapsed, Line());
        }

        await run;
    }

    private Rows Table()
    {
        var table = new Table().RoundedBorder().AddColumn("client").AddColumns(
            Right("calls"), Right("succeeded"), Right("failed"), Right("waiting"), Right("sent"));
        table.AddRow("plain HttpClient", Number(plain.Begun), Number(plain.Succeeded), Failures(plain), "-", Number(plain.Begun));
        table.AddRow("resilient", Number(resilient.Begun), Number(resilient.Succeeded), Failures(resilient), Number(backend.WaitingCalls), Number(attempts.Calls));

        string[] events;
        lock (_events)
            events = [.. _events];
        var state = backend.State == BackendState.Up ? "[green]up[/]" : $"[red]{State()}[/]";
        IEnumerable<IRenderable> past = events.SkipLast(1).Select(line => new Text(line, new Style(Color.Grey)));
        return new([.. past, .. events.TakeLast(1).Select(line => new Text(line, new Style(decoration: Decoration.Bold))),
            table, new Markup(Line(clock.Elapsed, $"backend \"{backend.Name}\" is {state}"))]);
    }

    private string Line() =>
        $"backend {State()}, {backend.WaitingCalls} waiting | resilient {resilient.Succeeded} ok, {resilient.Failed} failed,"
        + $" {attempts.Calls} sent | plain {plain.Succeeded} ok, {plain.Failed} failed";

    private static string Line(TimeSpan at, string text) => $"{at.TotalSeconds,5:0.0} s  {text}";

    private string State() => backend.Circuit == CircuitState.Probing ? "probing" : backend.State.ToString().ToLowerInvariant();

    private static string Failures(Load load) => load.Failed == 0 ? "0" : $"[red]{Number(load.Failed)}[/]";

    private static string Number(int count) => $"{count:N0}";

    private static TableColumn Right(string header) => new TableColumn(header).RightAligned();

    private static IAnsiConsole Open()
    {
        if (!System.Console.IsOutputRedirected)
            return AnsiConsole.Console;
        var file = AnsiConsole.Create(new()
        {
            Ansi = AnsiSupport.No,
            ColorSystem = ColorSystemSupport.NoColors,
            Interactive = InteractionSupport.No,
            Enrichment = new() { UseDefaultEnrichers = false },
        });
        file.Profile.Width = WidthOfFiles;
        return file;
    }
}
