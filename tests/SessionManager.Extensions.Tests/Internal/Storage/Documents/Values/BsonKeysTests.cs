using FsCheck;
using FsCheck.Fluent;
using SessionManager.Internal.Shared;

namespace SessionManager.Internal.Storage.Documents.Values;

public sealed class BsonKeysTests
{
    [Theory]
    [InlineData("", "%")]
    [InlineData("%", "%25")]
    [InlineData("a.b", "a%2Eb")]
    [InlineData("$set", "%24set")]
    [InlineData("a$", "a%24")]
    [InlineData("a\0b", "a%00b")]
    [InlineData("50%", "50%25")]
    [InlineData("%2E", "%252E")]
    [InlineData("😀.", "😀%2E")]
    public void Encode_ReservedCharacters_AreEscapedReversibly(string key, string name)
    {
        Assert.Equal(name, BsonKeys.Encode(key));
        Assert.Equal(key, BsonKeys.Decode(name));
    }

    [Fact]
    public void Encode_LoneSurrogates_AreEscapedReversibly()
    {
        // Not inline data: attributes are stored as UTF-8.
        Assert.Equal("%uDC00%uD800%2E", BsonKeys.Encode("\udc00\ud800."));
        Assert.Equal("\udc00\ud800.", BsonKeys.Decode("%uDC00%uD800%2E"));
    }

    [Theory]
    [InlineData("agent")]
    [InlineData("weather agent-1 😀")]
    public void Encode_PlainKey_IsTheSameInstance(string key)
    {
        Assert.Same(key, BsonKeys.Encode(key));
        Assert.Same(key, BsonKeys.Decode(key));
    }

    [Fact]
    public void Encode_PlainKey_AllocatesNothing()
    {
        var allocated = Enumerable.Range(0, 50).Min(_ =>
        {
            var before = GC.GetAllocatedBytesForCurrentThread();
            BsonKeys.Decode(BsonKeys.Encode("support-agent"));
            return GC.GetAllocatedBytesForCurrentThread() - before;
        });

        Assert.Equal(0, allocated);
    }

    [Theory]
    [InlineData("50%")]
    [InlineData("%2")]
    [InlineData("%zz")]
    [InlineData("%41")]
    [InlineData("%2e")]
    [InlineData("%uD83D%uDE00")]
    [InlineData("%u0041")]
    [InlineData("%u12")]
    [InlineData("a.b%2E")]
    [InlineData("%%")]
    [InlineData("%+5")]
    public void Decode_NameThatEncodeNeverYields_IsReturnedAsItIs(string name)
        => Assert.Equal(name, BsonKeys.Decode(name));

    [Fact]
    public void Decode_EncodedString_IsTheString()
        => Check.One(
            Config.QuickThrowOnFailure.WithMaxTest(2000),
            Prop.ForAll(
                Gen.Elements('%', '.', '$', '\0', 'u', 'D', '8', '0', '2', 'E', '\ud800', '\udc00', 'é').ArrayOf().ToArbitrary(),
                chars => BsonKeys.Decode(BsonKeys.Encode(new string(chars))) == new string(chars)));

    [Fact]
    public void Encode_AnyString_IsSafeInAPath()
        => Check.One(
            Config.QuickThrowOnFailure.WithMaxTest(2000),
            Prop.ForAll(
                Gen.Elements('%', '.', '$', '\0', 'a', '\ud800', '\udc00').ArrayOf().ToArbitrary(),
                chars => BsonKeys.Encode(new string(chars)) is { Length: > 0 } name
                    && !name.AsSpan().ContainsAny(".$\0")
                    && Utf16.IsWellFormed(name)));
}
