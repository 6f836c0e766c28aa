using System.Text;
using FsCheck;
using FsCheck.Fluent;
using MongoDB.Bson;

namespace SessionManager.Internal.Storage.Documents;

public sealed class MessageKeysTests
{
    // Few, so that the same ones meet.
    private static readonly Gen<string> Ids =
        from length in Gen.Choose(1, 2)
        from parts in Gen.Elements("%", "/", "2F", "0", "é", "\uffff", "😀").ArrayOf(length)
        select string.Concat(parts);

    private static readonly Gen<(string SessionId, string AgentId, int Branch, int MessageId)> Keys =
        from sessionId in Ids
        from agentId in Ids
        from branch in Gen.Elements(0, 1, 9, 10, int.MaxValue)
        from messageId in Gen.Elements(0, 1, 9, 10, 999, int.MaxValue)
        select (sessionId, agentId, branch, messageId);

    [Theory]
    [InlineData("session-1", "support", 0, 42, "session-1/support/0000000042")]
    [InlineData("session-1", "support", 218289600, 42, "session-1/support/~0218289600/0000000042")]
    [InlineData("a/b", "c%2F", 0, 0, "a%2Fb/c%252F/0000000000")]
    [InlineData("日本語", " ", int.MaxValue, int.MaxValue, "日本語/ /~2147483647/2147483647")]
    public void ToKey_Ids_AreReadableAndSeparated(string sessionId, string agentId, int branch, int messageId, string key) =>
        Assert.Equal(key, MessageKeys.ToKey(sessionId, agentId, branch, messageId));

    [Fact]
    public void ToRange_AnyTwoMessages_HoldsTheOtherOneIfItIsOfTheSame() => Check.One(
        Config.QuickThrowOnFailure.WithMaxTest(5000),
        Prop.ForAll(Gen.Two(Keys).ToArbitrary(), pair =>
        {
            var (a, b) = pair;
            var key = MessageKeys.ToKey(b.SessionId, b.AgentId, b.Branch, b.MessageId);
            var branch = new AgentBranch(b.AgentId, b.Branch);
            var isSameAgent = (a.SessionId, a.AgentId) == (b.SessionId, b.AgentId);
            return (MessageKeys.ToKey(a.SessionId, a.AgentId, a.Branch, a.MessageId) == key) == (a == b)
                && Holds(MessageKeys.ToRange(a.SessionId), key) == (a.SessionId == b.SessionId)
                && Holds(MessageKeys.ToRange(a.SessionId, a.AgentId), key) == isSameAgent
                && Holds(MessageKeys.ToRange(a.SessionId, new AgentBranch(a.AgentId, a.Branch)), key) == (isSameAgent && a.Branch == b.Branch)
                && Holds(MessageKeys.ToRange(b.SessionId, branch, a.MessageId), key) == (b.MessageId >= a.MessageId)
                && Holds(MessageKeys.ToRange(b.SessionId, branch, 0, a.MessageId), key) == (b.MessageId < a.MessageId);
        }));

    private static bool Holds(BsonDocument filter, string key) =>
        Compare(key, filter["_id"]["$gte"].AsString) >= 0 && Compare(key, filter["_id"]["$lt"].AsString) < 0;

    // As servers compare strings.
    private static int Compare(string a, string b) => Encoding.UTF8.GetBytes(a).AsSpan().SequenceCompareTo(Encoding.UTF8.GetBytes(b));
}
