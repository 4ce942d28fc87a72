using System.Globalization;
using System.Text;

namespace Resilience.Health;

/// <summary>
/// How a service without HTTP shows how it is: a file of one line, <c>ready 30 ok</c> or <c>not-ready 30 starting</c>, that is believed for so many seconds after it was
/// written. What stops writing it is no longer believed. Replaced as a whole: who reads it never sees half a line.
/// </summary>
internal static class HeartbeatFile
{
    private const string Ready = "ready", NotReady = "not-ready";
    private const int Longest = 200;

    // File systems round times, and clocks of containers and hosts differ a little.
    private static readonly TimeSpan Ahead = TimeSpan.FromSeconds(2);

    /// <summary>Writes it anew.</summary>
    /// <param name="path">Its folder must exist.</param>
    /// <param name="ready">Whether the service is.</param>
    /// <param name="word">The service's state in one word.</param>
    /// <param name="validFor">How long that may be believed; rounded up to seconds, at least one.</param>
    /// <returns>Why it could not be written, or null.</returns>
    public static string? Write(string path, bool ready, string word, TimeSpan validFor)
    {
        try
        {
            var temporary = Temporary(path);
            var seconds = Math.Max(1, (long)Math.Ceiling(validFor.TotalSeconds));
            // Deleted first and created anew: never through a link that somebody else put there.
            File.Delete(temporary);
            using (var file = new FileStream(temporary, FileMode.CreateNew, FileAccess.Write, FileShare.Read, bufferSize: 0))
                file.Write(Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{(ready ? Ready : NotReady)} {seconds} {ProbeVerdict.Clean(word, 40)}\n")));
            File.Move(temporary, path, overwrite: true);
            return null;
        }
        catch (Exception e) when (IsOfFiles(e))
        {
            return $"The heartbeat file {path} cannot be written: {e.Message}";
        }
    }

    /// <summary>Deletes it, so that nobody believes a service that has stopped.</summary>
    /// <returns>Why it could not be deleted, or null; also null if there is none.</returns>
    public static string? Remove(string path)
    {
        try
        {
            File.Delete(Temporary(path));
            File.Delete(path);
            return null;
        }
        catch (DirectoryNotFoundException)
        {
            return null;
        }
        catch (Exception e) when (IsOfFiles(e))
        {
            return $"The heartbeat file {path} cannot be deleted: {e.Message}";
        }
    }

    /// <summary>What it says. Blocks where the file system does.</summary>
    public static ProbeVerdict Read(string path, DateTimeOffset now)
    {
        try
        {
            if (Directory.Exists(path))
                return ProbeVerdict.Bad($"{path} is a folder, not a heartbeat file");
            var bytes = new byte[Longest + 1];
            using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0);
            var length = file.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false);
            var text = length > Longest ? "" : Encoding.UTF8.GetString(bytes, 0, length);
            return Read(path, text, now - File.GetLastWriteTimeUtc(file.SafeFileHandle));
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return ProbeVerdict.Bad($"no heartbeat file {path}: the service is not running, or writes elsewhere");
        }
        catch (Exception e) when (IsOfFiles(e))
        {
            return ProbeVerdict.Bad($"the heartbeat file {path} cannot be read: {e.Message}");
        }
    }

    /// <summary>What such a line means at such an age.</summary>
    internal static ProbeVerdict Read(string path, string text, TimeSpan age)
    {
        var parts = text.TrimEnd('\n').Split(' ', 3);
        if (parts is not [Ready or NotReady, var time, var word] || !text.EndsWith('\n')
            || !long.TryParse(time, NumberStyles.None, CultureInfo.InvariantCulture, out var seconds) || seconds < 1)
            return ProbeVerdict.Bad($"{path} is not a heartbeat file");
        if (age < -Ahead)
            return ProbeVerdict.Bad(Said($"the heartbeat file {path} is {-age.TotalSeconds:0} s from the future: was the clock set back?"));
        if (age.TotalSeconds > seconds)
            return ProbeVerdict.Bad(Said($"the heartbeat file {path} is {age.TotalSeconds:0} s old, and was good for {seconds} s: the service hangs or is gone"));
        var shown = Said($"{word}, {Math.Max(0, age.TotalSeconds):0} s ago in {path}");
        return parts[0] == Ready ? ProbeVerdict.Good(shown) : ProbeVerdict.Bad(shown);
    }

    private static string Temporary(string path) => path + ".new";

    private static string Said(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);

    private static bool IsOfFiles(Exception exception) => exception is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException;
}
