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
                && Holds(MessageKeys.ToOwnRange(a.SessionId, new AgentBranch(a.AgentId, a.Branch)), key) == (isSameAgent && a.Branch == b.Branch)
                && Holds(MessageKeys.ToOwnRange(b.SessionId, branch, a.MessageId), key) == (b.MessageId >= a.MessageId)
                && Holds(MessageKeys.ToOwnRange(b.SessionId, branch, 0, a.MessageId), key) == (b.MessageId < a.MessageId);
        }));

    [Fact]
    public void ToRanges_AnyHistory_HoldItsMessagesOnceAndInOrderAndNoOthers()
    {
        var lengths = Gen.OneOf(Gen.Choose(1, 5), Gen.Choose(60, 70), Gen.Choose(1, 200));
        var histories =
            from number in Gen.Choose(0, 90)
            from parts in lengths.ArrayOf(number)
            from @from in Gen.Choose(0, 3_000)
            from count in Gen.Choose(0, 3_000)
            from isOpen in Gen.Elements(true, false)
            select (Parts: parts, From: @from, Before: isOpen ? (int?)null : @from + count);
        Check.One(Config.QuickThrowOnFailure.WithMaxTest(300), Prop.ForAll(histories.ToArbitrary(), Test));

        static bool Test((int[] Parts, int From, int? Before) history)
        {
            var end = 0;
            var segments = history.Parts.Select((length, i) => new BranchSegment(3 * (i + 1), end += length)).ToList();
            var branch = new AgentBranch("support", 1_000, segments);
            var count = end + 10;
            var keys = Enumerable.Range(0, count).Select(position => (Position: position, Key: MessageKeys.ToKey("s", "support", branch.GetBranchAt(position), position))).ToList();
            var others = segments.Select(segment => MessageKeys.ToKey("s", "support", segment.Branch, segment.End))
                .Concat(segments.Select(segment => MessageKeys.ToKey("s", "support", segment.Branch + 1, segment.End - 1)));
            var filters = MessageKeys.ToRanges("s", branch, history.From, history.Before).ToList();
            var found = filters.SelectMany(filter => keys.Where(key => HoldsAny(filter, key.Key))).Select(key => key.Position);
            var expected = keys.Select(key => key.Position).Where(position => position >= history.From && (history.Before is null || position < history.Before));
            return found.SequenceEqual(expected) && !others.Any(key => filters.Exists(filter => HoldsAny(filter, key)));
        }
    }

    private static bool HoldsAny(BsonDocument filter, string key) =>
        filter.TryGetValue("$or", out var parts) ? parts.AsBsonArray.Any(part => HoldsAny(part.AsBsonDocument, key))
        : filter["_id"].AsBsonDocument.TryGetValue("$in", out var keys) ? keys.AsBsonArray.Contains(key)
        : Holds(filter, key);

    private static bool Holds(BsonDocument filter, string key) =>
        Compare(key, filter["_id"]["$gte"].AsString) >= 0 && Compare(key, filter["_id"]["$lt"].AsString) < 0;

    // As servers compare strings.
    private static int Compare(string a, string b) => Encoding.UTF8.GetBytes(a).AsSpan().SequenceCompareTo(Encoding.UTF8.GetBytes(b));
}
