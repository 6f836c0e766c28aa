using System.Globalization;
using System.Numerics;
using System.Text.Json;
using MongoDB.Bson;
using SessionManager.Internal.Shared;

namespace SessionManager.Internal.Storage.Documents.Values;

/// <summary>
/// The culture of the thread that stores or reads a value has no say in its form.
/// </summary>
public sealed class CultureTests
{
    [Fact]
    public void Numbers_AnyCulture_HaveOneForm()
    {
        var expected = ToStored();
        var culture = (CultureInfo)CultureInfo.InvariantCulture.Clone();
        culture.NumberFormat.NumberDecimalSeparator = ",";
        culture.NumberFormat.NegativeSign = "\u2212";
        culture.NumberFormat.PositiveInfinitySymbol = "\u221e";
        culture.NumberFormat.NegativeInfinitySymbol = "\u2212\u221e";
        var before = CultureInfo.CurrentCulture;
        try
        {
            CultureInfo.CurrentCulture = culture;

            Assert.Equal(expected, ToStored());
        }
        finally
        {
            CultureInfo.CurrentCulture = before;
        }
    }

    private static string[] ToStored()
    {
        object?[] values = [-1.5, double.NegativeInfinity, double.PositiveInfinity, -2.25m, BigInteger.MinusOne << 80, -7L, (Int128)long.MinValue * 4];
        var bson = values.Select(static value => MetadataValues.ToBson(value, "value")).ToArray();
        var read = bson.Select(MetadataValues.FromBson).ToArray();
        var json = TypedMetadata.Read<Dictionary<string, JsonElement>>(
            read.Select((value, i) => (Value: value, Key: $"{i}")).ToDictionary(pair => pair.Key, pair => pair.Value), null);
        return [.. bson.Select(value => Convert.ToHexString(new BsonDocument("v", value).ToBson())), .. json!.Values.Select(element => element.GetRawText())];
    }
}
