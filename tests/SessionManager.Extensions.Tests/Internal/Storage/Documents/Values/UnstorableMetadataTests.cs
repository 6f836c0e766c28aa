using System.Numerics;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace SessionManager.Internal.Storage.Documents.Values;

public sealed class UnstorableMetadataTests
{
    private const string NotStorable = "which cannot be stored.";

    public sealed class Ring
    {
        public Ring Self => this;
    }

    public sealed class Throwing
    {
        public string? Password { get => field ?? throw new InvalidOperationException("canary"); set; }
    }

    public static TheoryData<object, string> Values => new()
    {
        { () => { }, $"The value at metadata['customer'] is of type System.Action, {NotStorable}" },
        { typeof(string), $"The value at metadata['customer'] is of type System.RuntimeType, {NotStorable}" },
        { Stream.Null, $"The value at metadata['customer'] is of type System.IO.Stream+NullStream, {NotStorable}" },
        { new StringReader("canary"), $"The value at metadata['customer'] is of type System.IO.StringReader, {NotStorable}" },
        { Task.FromResult(1), $"The value at metadata['customer'] is of type System.Threading.Tasks.Task`1[System.Int32], {NotStorable}" },
        { default(ValueTask), $"The value at metadata['customer'] is of type System.Threading.Tasks.ValueTask, {NotStorable}" },
        { default(ValueTask<int>), $"The value at metadata['customer'] is of type System.Threading.Tasks.ValueTask`1[System.Int32], {NotStorable}" },
        { CancellationToken.None, $"The value at metadata['customer'] is of type System.Threading.CancellationToken, {NotStorable}" },
        { (1, "canary"), $"The value at metadata['customer'] is of type System.ValueTuple`2[System.Int32,System.String], {NotStorable}" },
        { BigInteger.Pow(10, 34) + 1, "The value at metadata['customer'] is of type System.Numerics.BigInteger and has more digits than Decimal128 holds." },
        { Int128.MaxValue, "The value at metadata['customer'] is of type System.Int128 and has more digits than Decimal128 holds." },
        { "a\ud800", "The value at metadata['customer'] contains half of a surrogate pair." },
        { '\udc00', "The value at metadata['customer'] contains half of a surrogate pair." },
        { default(JsonElement), "The value at metadata['customer'] is a JsonElement without a value." },
        { JsonElement.Parse("\"\\ud800\""), "The value at metadata['customer'] contains half of a surrogate pair." },
        { JsonElement.Parse("{\"\\ud800\":1}"), "The value at metadata['customer'] has a key with half of a surrogate pair." },
        { JsonElement.Parse("[1e7000]"), "The value at metadata['customer'][0] is a number beyond the range of Decimal128." },
        { JsonValue.Create("\ud800"), "The value at metadata['customer'] contains half of a surrogate pair." },
        { new Dictionary<object, object> { [new Uri("http://a")] = 1 }, "The value at metadata['customer'] has a key of type System.Uri; keys must be strings." },
        {
            new Dictionary<string, object?> { ["tags"] = new object[] { 1, 2, Stream.Null } },
            $"The value at metadata['customer'].tags[2] is of type System.IO.Stream+NullStream, {NotStorable}"
        },
        {
            new Dictionary<string, object?> { ["a b"] = new { Open = (Action)(() => { }) } },
            $"The value at metadata['customer']['a b'].open is of type System.Action, {NotStorable}"
        },
        { new Throwing(), "The value at metadata['customer'].password of type System.String cannot be read." },
    };

    [Theory]
    [MemberData(nameof(Values), DisableDiscoveryEnumeration = true)]
    public void ToBson_UnstorableValue_NamesPathAndType(object value, string message)
    {
        var exception = Assert.Throws<ArgumentException>(() => MetadataValues.ToBson(value, "metadata['customer']"));

        Assert.Equal("metadata", exception.ParamName);
        Assert.Equal($"{message} (Parameter 'metadata')", exception.Message);
    }

    [Fact]
    public void ToBson_UnstorableValueInMap_NamesPath()
    {
        IReadOnlyDictionary<string, object?> map = new Dictionary<string, object?> { ["score"] = typeof(int) };

        var exception = Assert.Throws<ArgumentException>(() => MetadataValues.ToBson(map, "feedback.AdditionalProperties"));

        Assert.Equal("feedback", exception.ParamName);
        Assert.StartsWith("The value at feedback.AdditionalProperties.score is of type System.RuntimeType,", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void ToBson_Cycle_IsRefused()
    {
        var list = new List<object?>();
        list.Add(list);
        var map = new Dictionary<string, object?>();
        map["a"] = map;

        foreach (var value in new object?[] { list, map, new Ring(), MetadataValuesObjectTests.Nest(65), Nest(65) })
        {
            var exception = Assert.Throws<ArgumentException>(() => MetadataValues.ToBson(value, "metadata"));

            Assert.Contains(" is nested more than 64 levels deep, or contains itself.", exception.Message, StringComparison.Ordinal);
        }
    }

    private static JsonElement Nest(int levels) =>
        JsonElement.Parse(new string('[', levels) + new string(']', levels), new JsonDocumentOptions { MaxDepth = levels });
}
