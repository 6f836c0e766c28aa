using SessionManager.TestServer.Gateway;

namespace SessionManager.TestServer.Tests.Gateway;

public sealed class MongoErrorTests
{
    [Theory]
    [InlineData(319029277, 11000)]
    [InlineData(285212701, 28)]
    [InlineData(587202589, 86)]
    public void FromPackedSqlState_KnownState_IsItsCode(int packed, int code) =>
        Assert.Equal(code, MongoError.FromPackedSqlState(packed));

    [Theory]
    [InlineData("M000A", 28, "PathNotViable")]
    [InlineData("M001C", 11000, "DuplicateKey")]
    [InlineData("23505", 11000, "DuplicateKey")]
    [InlineData("57014", 50, "MaxTimeMSExpired")]
    [InlineData("XX000", 1, "InternalError")]
    public void FromSqlState_GivesCodeAndName(string sqlState, int code, string name)
    {
        Assert.Equal(code, MongoError.FromSqlState(sqlState));
        Assert.Equal(name, MongoError.NameOf(code));
    }

    [Fact]
    public void NameOf_UnknownCode_IsItsLocation() => Assert.Equal("Location51091", MongoError.NameOf(51091));
}
