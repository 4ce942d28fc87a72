using System.Globalization;

namespace Resilience.Health;

/// <summary>That a disk has space left.</summary>
internal sealed class DiskCheck(DiskCheckSettings settings, string folder) : IHealthCheck
{
    private readonly string _path = Path.GetFullPath(settings.Path ?? "", folder);
    private Task<DiskSpace?>? _reading;

    public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        try
        {
            // A network disk whose server is away holds the thread that asks. It stays one thread: the next run waits for the same answer.
            var reading = Volatile.Read(ref _reading) is { IsCompleted: false } underWay ? underWay : Task.Run(() => DiskSpace.Of(_path), CancellationToken.None);
            Volatile.Write(ref _reading, reading);
            return await reading.WaitAsync(cancellationToken).ConfigureAwait(false) is { } space
                ? Judge(context, space)
                : context.Failed(CheckErrors.Failed, $"{_path} does not exist.");
        }
        catch (Exception e) when (!cancellationToken.IsCancellationRequested)
        {
            return context.Failed(CheckErrors.Failed, $"The free space of {_path} cannot be read.", e);
        }
    }

    internal HealthCheckResult Judge(HealthCheckContext context, DiskSpace space)
    {
        var data = new Dictionary<string, object> { ["free"] = space.Free, ["total"] = space.Total, ["usedRatio"] = Math.Round(space.UsedRatio, 3) };
        if (space.Free < settings.MinFreeBytes)
            return context.Failed(CheckErrors.DiskFull, $"The disk of {_path} has {space.Free} bytes free, and {settings.MinFreeBytes} are wanted.", data: data);
        if (space.UsedRatio > settings.MaxUsedRatio)
            return CheckResults.Degraded(CheckErrors.DiskLow, string.Create(CultureInfo.InvariantCulture, $"The disk of {_path} is {space.UsedRatio:P0} full, more than {settings.MaxUsedRatio:P0}."), data);
        return HealthCheckResult.Healthy(data: data);
    }
}

internal sealed record DiskCheckSettings(string? Path, long MinFreeBytes, double MaxUsedRatio)
{
    public static IEnumerable<string> Faults(DiskCheckOptions options)
    {
        if (options.Path is { } path && (path.Trim().Length == 0 || path.Contains('\0', StringComparison.Ordinal)))
            yield return "Path is empty or no path: give a folder on the disk, or null for the content root.";
        if (options.MinFreeBytes < 0)
            yield return $"MinFreeBytes is {options.MinFreeBytes} but must be 0 or more.";
        if (options.MaxUsedRatio is not (> 0 and <= 1))
            yield return string.Create(CultureInfo.InvariantCulture, $"MaxUsedRatio is {options.MaxUsedRatio} but must be above 0, to 1.");
    }
}

/// <param name="Free">Bytes that this process may still write.</param>
/// <param name="Used">Bytes in use.</param>
/// <param name="Total">Bytes in all, with those that only root may write.</param>
internal readonly record struct DiskSpace(long Free, long Used, long Total)
{
    /// <summary>As <c>df</c> counts: what is kept back for root is neither free nor used.</summary>
    public double UsedRatio => Used + Free > 0 ? Used / (double)(Used + Free) : 0;

    public static DiskSpace? Of(string path)
    {
        if (!Path.Exists(path))
            return null;
        var drive = new DriveInfo(OperatingSystem.IsWindows() ? Path.GetPathRoot(path) ?? path : path);
        return new DiskSpace(drive.AvailableFreeSpace, drive.TotalSize - drive.TotalFreeSpace, drive.TotalSize);
    }
}
