using System.Collections.ObjectModel;

namespace SessionManager.Internal.Shared;

public sealed class MetadataKeysTests
{
    [Theory]
    [InlineData(null, "The metadata key '' is empty.")]
    [InlineData("", "The metadata key '' is empty.")]
    [InlineData("  ", "The metadata key '  ' is empty.")]
    [InlineData(".", "The metadata key '.' has an empty segment.")]
    [InlineData("a.", "The metadata key 'a.' has an empty segment.")]
    [InlineData(".a", "The metadata key '.a' has an empty segment.")]
    [InlineData("a..b", "The metadata key 'a..b' has an empty segment.")]
    [InlineData("$set", "The metadata key '$set' has a segment that starts with '$'.")]
    [InlineData("a.$b", "The metadata key 'a.$b' has a segment that starts with '$'.")]
    [InlineData("a\0", "The metadata key 'a\\u0000' contains NUL.")]
    public void ThrowIfUnwritable_InvalidKey_NamesKeyAndFault(string? key, string message) => AssertFault([key!], message);

    [Fact]
    public void ThrowIfUnwritable_LoneSurrogate_NamesKeyAndFault() =>
        AssertFault(["a\ud800"], "The metadata key 'a\ufffd' contains half of a surrogate pair.");

    [Fact]
    public void ThrowIfUnwritable_ManyKeys_AreRefusedPast1000()
    {
        string[] keys = [.. Enumerable.Range(0, 1001).Select(i => $"k{i}")];

        MetadataKeys.ThrowIfUnwritable(keys[..1000], "keys");
        MetadataKeys.ThrowIfUnwritable(keys[..1000].ToDictionary(key => key, object? (_) => 1), "keys");
        AssertFault(keys, "1001 metadata keys are given; at most 1000 are allowed in one operation.");
    }

    [Fact]
    public void ThrowIfUnwritable_DeepKey_IsRefusedPast32Segments()
    {
        var deepest = string.Join('.', Enumerable.Repeat("a", 32));

        MetadataKeys.ThrowIfUnwritable([deepest], "keys");
        AssertFault([$"{deepest}.a"], $"The metadata key '{deepest}.a' has more than 32 segments.");
    }

    [Theory]
    [InlineData("p", "p.q", "The metadata key 'p.q' lies within 'p', which is given too.")]
    [InlineData("p.q.r.s", "p.q", "The metadata key 'p.q.r.s' lies within 'p.q', which is given too.")]
    [InlineData("p", "p", "The metadata key 'p' is given twice.")]
    public void ThrowIfUnwritable_OverlappingKeys_AreRefused(string first, string second, string message)
    {
        AssertFault([first, "p-q", second], message);
    }

    [Fact]
    public void ThrowIfUnwritable_Fields_AreHeldToTheSame()
    {
        var fields = new Dictionary<string, object?> { ["p"] = 1, ["p.q"] = 2 };

        foreach (var given in (IReadOnlyDictionary<string, object?>[])[fields, new ReadOnlyDictionary<string, object?>(fields)])
        {
            var exception = Assert.Throws<ArgumentException>("fields", () => MetadataKeys.ThrowIfUnwritable(given, "fields"));
            Assert.StartsWith("The metadata key 'p.q' lies within 'p'", exception.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void ThrowIfInvalid_OverlappingKeys_AreNoFault() => MetadataKeys.ThrowIfInvalid(["p.q", "p", "p"], "keys");

    private static void AssertFault(string[] keys, string message)
    {
        Action[] checks =
        [
            () => MetadataKeys.ThrowIfUnwritable(keys, nameof(keys)),
            () => MetadataKeys.ThrowIfUnwritable(keys.ToList(), nameof(keys)),
        ];
        foreach (var check in checks)
        {
            Assert.Equal($"{message} (Parameter 'keys')", Assert.Throws<ArgumentException>(nameof(keys), check).Message);
        }
    }
}
