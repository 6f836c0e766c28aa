using FsCheck;
using FsCheck.Fluent;
using MongoDB.Bson;
using SessionManager.Testing.Messages;

namespace SessionManager.Internal.Storage.Documents;

public sealed class ChatMessageRoundTripTests
{
    private readonly ChatMessageCodec _codec = new();

    [Fact]
    public void Decode_AnyMessage_IsEqual()
    {
        var property = Prop.ForAll(
            ChatMessageGenerators.Message.ToArbitrary(),
            message => ChatMessageAssert.Equal(message, _codec.Decode(_codec.Encode(message))));

        Check.One(Config.QuickThrowOnFailure.WithMaxTest(2000), property);
    }

    [Fact]
    public void Encode_DecodedMessage_IsTheSameDocument()
    {
        var property = Prop.ForAll(
            ChatMessageGenerators.Message.ToArbitrary(),
            message =>
            {
                using var first = _codec.Encode(message);
                using var second = _codec.Encode(_codec.Decode(first));
                using var third = _codec.Encode(_codec.Decode(second));

                Assert.Equal(second.ToBson(), third.ToBson());
            });

        Check.One(Config.QuickThrowOnFailure.WithMaxTest(1000), property);
    }
}
