using System.Globalization;
using System.Numerics;
using MongoDB.Bson;

namespace SessionManager.Internal.Storage.Documents.Values;

public sealed class MetadataValuesTests
{
    private static readonly BigInteger TenTo33 = BigInteger.Pow(10, 33);

    public static TheoryData<object?, string, object?> Scalars => new()
    {
        { null, "null", null },
        { DBNull.Value, "null", null },
        { "", "\"\"", "" },
        { "é 😀", "\"é 😀\"", "é 😀" },
        { 'x', "\"x\"", "x" },
        { true, "true", true },
        { false, "false", false },
        { (sbyte)-1, "{\"$numberInt\":\"-1\"}", -1 },
        { (byte)255, "{\"$numberInt\":\"255\"}", 255 },
        { (short)-2, "{\"$numberInt\":\"-2\"}", -2 },
        { (ushort)65535, "{\"$numberInt\":\"65535\"}", 65535 },
        { int.MinValue, "{\"$numberInt\":\"-2147483648\"}", int.MinValue },
        { 5u, "{\"$numberLong\":\"5\"}", 5L },
        { 5L, "{\"$numberLong\":\"5\"}", 5L },
        { (nint)5, "{\"$numberLong\":\"5\"}", 5L },
        { (nuint)5, "{\"$numberLong\":\"5\"}", 5L },
        { 5UL, "{\"$numberLong\":\"5\"}", 5L },
        { ulong.MaxValue, "{\"$numberDecimal\":\"18446744073709551615\"}", 18446744073709551615m },
        { (Int128)5, "{\"$numberLong\":\"5\"}", 5L },
        { (UInt128)ulong.MaxValue, "{\"$numberDecimal\":\"18446744073709551615\"}", 18446744073709551615m },
        { BigInteger.MinusOne, "{\"$numberLong\":\"-1\"}", -1L },
        { TenTo33, "{\"$numberDecimal\":\"1000000000000000000000000000000000\"}", "1000000000000000000000000000000000" },
        { 0.1, "{\"$numberDouble\":\"0.10000000000000001\"}", 0.1 },
        { 0.5f, "{\"$numberDouble\":\"0.5\"}", 0.5 },
        { (Half)0.25, "{\"$numberDouble\":\"0.25\"}", 0.25 },
        { double.NaN, "{\"$numberDouble\":\"NaN\"}", double.NaN },
        { 1.10m, "{\"$numberDecimal\":\"1.10\"}", 1.10m },
        { decimal.MinValue, "{\"$numberDecimal\":\"-79228162514264337593543950335\"}", decimal.MinValue },
        { new DateTime(2024, 1, 2, 3, 4, 5, 678, DateTimeKind.Utc), "{\"$date\":{\"$numberLong\":\"1704164645678\"}}", DateTimeOffset.FromUnixTimeMilliseconds(1704164645678) },
        { new DateTime(2024, 1, 2, 3, 4, 5, 678), "{\"$date\":{\"$numberLong\":\"1704164645678\"}}", DateTimeOffset.FromUnixTimeMilliseconds(1704164645678) },
        { new DateTime(2024, 1, 2, 3, 4, 5, 678, DateTimeKind.Utc).ToLocalTime(), "{\"$date\":{\"$numberLong\":\"1704164645678\"}}", DateTimeOffset.FromUnixTimeMilliseconds(1704164645678) },
        { new DateTimeOffset(2024, 1, 2, 5, 4, 5, 678, TimeSpan.FromHours(2)), "{\"$date\":{\"$numberLong\":\"1704164645678\"}}", DateTimeOffset.FromUnixTimeMilliseconds(1704164645678) },
        { DateTimeOffset.FromUnixTimeMilliseconds(-1).AddTicks(5), "{\"$date\":{\"$numberLong\":\"-1\"}}", DateTimeOffset.FromUnixTimeMilliseconds(-1) },
        { DateTime.MinValue, "{\"$date\":{\"$numberLong\":\"-62135596800000\"}}", DateTimeOffset.MinValue },
        { new DateOnly(2024, 1, 2), "\"2024-01-02\"", "2024-01-02" },
        { new TimeOnly(3, 4, 5), "\"03:04:05\"", "03:04:05" },
        { new TimeSpan(1, 2, 3, 4, 500), "\"1.02:03:04.5000000\"", "1.02:03:04.5000000" },
        { new Guid("0F8FAD5B-D9CB-469F-A165-70867728950E"), "\"0f8fad5b-d9cb-469f-a165-70867728950e\"", "0f8fad5b-d9cb-469f-a165-70867728950e" },
        { new Uri("https://example.org/a?b=c"), "\"https://example.org/a?b=c\"", "https://example.org/a?b=c" },
        { new Version(1, 2, 3), "\"1.2.3\"", "1.2.3" },
        { DayOfWeek.Friday, "\"Friday\"", "Friday" },
        { (DayOfWeek)42, "{\"$numberInt\":\"42\"}", 42 },
        { new byte[] { 0, 255 }, "{\"$binary\":{\"base64\":\"AP8=\",\"subType\":\"00\"}}", new byte[] { 0, 255 } },
        { new ReadOnlyMemory<byte>([1]), "{\"$binary\":{\"base64\":\"AQ==\",\"subType\":\"00\"}}", new byte[] { 1 } },
        { new Memory<byte>([1]), "{\"$binary\":{\"base64\":\"AQ==\",\"subType\":\"00\"}}", new byte[] { 1 } },
        { new ArraySegment<byte>([1, 2], 1, 1), "{\"$binary\":{\"base64\":\"Ag==\",\"subType\":\"00\"}}", new byte[] { 2 } },
        { new ObjectId("507f1f77bcf86cd799439011"), "{\"$oid\":\"507f1f77bcf86cd799439011\"}", "507f1f77bcf86cd799439011" },
        { new BsonObjectId(new ObjectId("507f1f77bcf86cd799439011")), "{\"$oid\":\"507f1f77bcf86cd799439011\"}", "507f1f77bcf86cd799439011" },
    };

    [Theory]
    [MemberData(nameof(Scalars), DisableDiscoveryEnumeration = true)]
    public void ToBson_Scalar_IsTheNaturalBsonAndComesBack(object? value, string json, object? expected)
    {
        var stored = MetadataValues.ToBson(value, "metadata");

        Assert.Equal(Parse(json), stored);
        Assert.Equal(expected, MetadataValues.FromBson(stored));
    }

    [Fact]
    public void FromBson_Decimal_KeepsItsScale() =>
        Assert.Equal("1.10", ((decimal)MetadataValues.FromBson(MetadataValues.ToBson(1.10m, "metadata"))!).ToString(CultureInfo.InvariantCulture));

    private static BsonValue Parse(string json) => BsonDocument.Parse($"{{\"v\":{json}}}")["v"];
}
