using System.Text.Json;

namespace SessionManager;

public sealed class NormalizedMetadataTests
{
    [Fact]
    public void Normalize_ItsOwnResult_IsAnEqualCopy()
    {
        var given = new Dictionary<string, object?>
        {
            ["a.b"] = new byte[] { 1, 2 },
            ["list"] = new object?[] { null, (byte)1, 2L, 0.5f, 1.10m, DateTimeOffset.UnixEpoch, new { Name = "x" } },
            ["json"] = JsonElement.Parse("""{"n": 7}"""),
        };

        var first = MetadataValue.Normalize(given, nameof(given));
        var second = Assert.IsType<Dictionary<string, object?>>(MetadataValue.Normalize((object)first, nameof(first)));

        Assert.Equivalent(first, second, strict: true);
        Assert.Equal([null, 1, 2L, 0.5, 1.10m, DateTimeOffset.UnixEpoch], Assert.IsType<List<object?>>(second["list"]).SkipLast(1));
        Assert.NotSame(given["a.b"], first["a.b"]);
        Assert.NotSame(first["a.b"], second["a.b"]);
        Assert.NotSame(first["list"], second["list"]);
    }

    [Fact]
    public void Normalize_ValueThatCannotBeStored_NamesPlaceAndType()
    {
        var exception = Assert.Throws<ArgumentException>(
            "metadata", () => MetadataValue.Normalize(new Dictionary<string, object?> { ["callback"] = typeof(string) }, "metadata['outer']"));

        Assert.StartsWith("The value at metadata['outer'].callback is of type System.RuntimeType", exception.Message, StringComparison.Ordinal);
    }
}
