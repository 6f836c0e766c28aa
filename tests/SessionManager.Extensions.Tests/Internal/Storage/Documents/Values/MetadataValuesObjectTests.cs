using System.Collections;
using System.Collections.Immutable;
using System.Collections.ObjectModel;
using System.Dynamic;
using System.Text.Json;
using System.Text.Json.Serialization;
using Microsoft.Extensions.AI;
using MongoDB.Bson;

namespace SessionManager.Internal.Storage.Documents.Values;

public sealed class MetadataValuesObjectTests
{
    private static readonly DateTime Noon = new(2024, 1, 2, 12, 0, 0, DateTimeKind.Utc);

    [JsonDerivedType(typeof(Circle), "circle")]
    public abstract class Shape
    {
        public string Name { get; set; } = "shape";
    }

    public sealed class Circle : Shape
    {
        public double Radius { get; set; }
    }

    public sealed record Order(int OrderId, decimal Total, DateTime PlacedAt, DayOfWeek Day, byte[] Hash, Guid Key, Order? Parent = null);

    public sealed class Attributed
    {
        [JsonPropertyName("renamed")]
        public int First { get; set; } = 1;

        [JsonIgnore]
        public string Secret { get => throw new InvalidOperationException("Never to be read."); set => Empty = value; }

        [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
        public string? Absent { get; set; }

        [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
        public int Zero { get; set; }

        public string? Empty { get; set; }

        [JsonPropertyOrder(-1)]
        public int Ahead { get; set; }
    }

    public sealed class Converted
    {
        [JsonNumberHandling(JsonNumberHandling.WriteAsString)]
        public int Text { get; set; } = 5;

        [JsonExtensionData]
        public Dictionary<string, object>? More { get; set; } = new() { ["extra"] = true };
    }

    [JsonConverter(typeof(PointConverter))]
    public readonly record struct Point(int X, int Y);

    public static TheoryData<object, string> Containers => new()
    {
        { new Dictionary<string, object?> { ["a"] = 1, ["b"] = null }, "{'a':1,'b':null}" },
        { new Dictionary<string, int> { ["a"] = 1 }, "{'a':1}" },
        { new Dictionary<string, DateTime> { ["at"] = Noon }, "{'at':{'$date':'2024-01-02T12:00:00Z'}}" },
        { new Dictionary<int, string> { [-7] = "a" }, "{'-7':'a'}" },
        { new Dictionary<DayOfWeek, int> { [DayOfWeek.Monday] = 1 }, "{'Monday':1}" },
        { new Hashtable { ["a"] = 1 }, "{'a':1}" },
        { new ReadOnlyDictionary<string, object?>(new Dictionary<string, object?> { ["a"] = 1 }), "{'a':1}" },
        { ImmutableSortedDictionary<string, object?>.Empty.Add("a", 1m), "{'a':{'$numberDecimal':'1'}}" },
        { new AdditionalPropertiesDictionary { ["a"] = 1 }, "{'a':1}" },
        { MakeExpando(), "{'a':1,'at':{'$date':'2024-01-02T12:00:00Z'}}" },
        { new Dictionary<string, object?> { ["a.b"] = 1, ["$set"] = 2, [""] = 3, ["50%"] = 4 }, "{'a%2Eb':1,'%24set':2,'%':3,'50%25':4}" },
        { new Dictionary<string, object?>(), "{}" },
        { new object?[] { 1, "b", null, Noon }, "[1,'b',null,{'$date':'2024-01-02T12:00:00Z'}]" },
        { new List<int> { 1, 2 }, "[1,2]" },
        { new List<byte> { 1, 2 }, "[1,2]" },
        { new[] { "a" }.Where(item => item.Length > 0), "['a']" },
        { ImmutableArray.Create(1.5), "[1.5]" },
        { new HashSet<string> { "a" }, "['a']" },
        { new ArrayList { 1, new ArrayList() }, "[1,[]]" },
        { new int?[] { 1, null }, "[1,null]" },
        { new ChatRole("user"), "'user'" },
        { new BsonDocument { { "a.b", new BsonArray { 1, new BsonObjectId(ObjectId.Empty) } } }, "{'a%2Eb':[1,{'$oid':'000000000000000000000000'}]}" },
        { new { Name = "x", When = Noon, Nested = new { Deep = 1.10m } }, "{'name':'x','when':{'$date':'2024-01-02T12:00:00Z'},'nested':{'deep':{'$numberDecimal':'1.10'}}}" },
        {
            new Order(7, 9.99m, Noon, DayOfWeek.Friday, [1], Guid.Empty, new Order(6, 1m, Noon, DayOfWeek.Monday, [], Guid.Empty)),
            """
            {'orderId':7,'total':{'$numberDecimal':'9.99'},'placedAt':{'$date':'2024-01-02T12:00:00Z'},'day':'Friday',
             'hash':{'$binary':{'base64':'AQ==','subType':'00'}},'key':'00000000-0000-0000-0000-000000000000',
             'parent':{'orderId':6,'total':{'$numberDecimal':'1'},'placedAt':{'$date':'2024-01-02T12:00:00Z'},'day':'Monday',
             'hash':{'$binary':{'base64':'','subType':'00'}},'key':'00000000-0000-0000-0000-000000000000','parent':null}}
            """
        },
        { new Attributed(), "{'ahead':0,'renamed':1,'empty':null}" },
        { new Converted(), "{'text':'5','extra':true}" },
        { new Point(1, 2), "'1;2'" },
        { new List<Point> { new(1, 2) }, "['1;2']" },
        { new { Where = (Point?)new Point(3, 4) }, "{'where':'3;4'}" },
        { new Circle { Radius = 1.5 }, "{'radius':1.5,'name':'shape'}" },
        { new { Shape = (Shape)new Circle { Radius = 1.5 } }, "{'shape':{'%24type':'circle','radius':1.5,'name':'shape'}}" },
        { new List<Shape> { new Circle { Radius = 0.5 } }, "[{'%24type':'circle','radius':0.5,'name':'shape'}]" },
        { new { Any = (object)new Circle { Radius = 2.5 } }, "{'any':{'radius':2.5,'name':'shape'}}" },
        { new object(), "{}" },
    };

    [Theory]
    [MemberData(nameof(Containers), DisableDiscoveryEnumeration = true)]
    public void ToBson_Object_IsTheNaturalBson(object value, string json)
    {
        var expected = BsonDocument.Parse($"{{'v':{json}}}")["v"];

        Assert.Equal(expected.ToJson(), MetadataValues.ToBson(value, "metadata").ToJson());
    }

    [Fact]
    public void ToBson_Map_IsADocumentWithEncodedKeys()
    {
        IReadOnlyDictionary<string, object?> map = new Dictionary<string, object?> { ["a.b"] = new[] { 1 }, ["c"] = null };

        var stored = MetadataValues.ToBson(map, "feedback");

        Assert.Equal("""{ "a%2Eb" : [1], "c" : null }""", stored.ToJson());
        Assert.Equal(["a.b", "c"], MetadataValues.FromBson(stored).Keys);
    }

    [Fact]
    public void ToBson_SixtyFourLevels_AreStored()
    {
        var stored = MetadataValues.ToBson(Nest(64), "metadata");

        Assert.Equal(64, stored.ToJson().Count(c => c == '['));
    }

    public static object? Nest(int levels)
    {
        object? value = null;
        for (var i = 0; i < levels; i++)
        {
            value = new List<object?> { value };
        }

        return value;
    }

    private static ExpandoObject MakeExpando()
    {
        dynamic expando = new ExpandoObject();
        expando.a = 1;
        expando.at = Noon;
        return expando;
    }

    public sealed class PointConverter : JsonConverter<Point>
    {
        public override Point Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
            reader.GetString()!.Split(';') is [var x, var y] ? new Point(int.Parse(x, null), int.Parse(y, null)) : default;

        public override void Write(Utf8JsonWriter writer, Point value, JsonSerializerOptions options) =>
            writer.WriteStringValue($"{value.X};{value.Y}");
    }
}
