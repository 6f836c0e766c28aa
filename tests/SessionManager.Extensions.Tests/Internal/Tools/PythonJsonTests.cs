using System.Text;

namespace SessionManager.Internal.Tools;

public sealed class PythonJsonTests
{
    [Fact]
    public void Dump_EveryKind_IsWhatPythonPrints()
    {
        var metadata = new Dictionary<string, object?>
        {
            ["s"] = "a\"\\\b\f\n\r\t\u0000\u001f\u007f \u00e9 \u2028\U0001f600/'",
            ["\u00e9"] = true,
            ["n"] = null,
            ["i"] = -5,
            ["l"] = 1L << 40,
            ["f"] = 1e16,
            ["g"] = 0.1,
            ["d"] = new DateTimeOffset(2024, 1, 2, 3, 4, 5, 678, TimeSpan.Zero),
            ["b"] = Encoding.ASCII.GetBytes("\0a'"),
            ["e"] = new Dictionary<string, object?>(),
            ["m"] = new Dictionary<string, object?> { ["x.y"] = new List<object?> { 1, new List<object?>(), new Dictionary<string, object?> { ["z"] = false } } },
        };

        Assert.Equal(
            """{"s": "a\"\\\b\f\n\r\t\u0000\u001f\u007f \u00e9 \u2028\ud83d\ude00/'", "\u00e9": true, "n": null, "i": -5, "l": 1099511627776, "f": 1e+16, "g": 0.1, "d": "2024-01-02 03:04:05.678000", "b": "b\"\\x00a'\"", "e": {}, "m": {"x.y": [1, [], {"z": false}]}}""",
            PythonJson.Dump(metadata));
    }

    [Fact]
    public void Dump_ValuesOfOtherTypes_AreTheirStoredForm() =>
        Assert.Equal(
            """{"price": "1.10", "day": "Friday", "huge": "1E+40"}""",
            PythonJson.Dump(new Dictionary<string, object?> { ["price"] = 1.10m, ["day"] = DayOfWeek.Friday, ["huge"] = MongoDB.Bson.Decimal128.Parse("1E+40") }));
}
