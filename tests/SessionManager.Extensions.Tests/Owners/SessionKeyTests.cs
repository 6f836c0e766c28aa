using System.Text;
using MongoDB.Bson;
using SessionManager.Internal.Storage.Documents;

namespace SessionManager.Owners;

public sealed class SessionKeyTests
{
    private const int PairCount = 200_000;

    // What keys of sessions and of messages are made of, and what stands beside it.
    private static readonly string[] Pieces =
    [
        "~", "%", "%7E", "%25", "%257E", "7E", "/", "%2F", "0", "~0000000001", "a", "A", "b", "é", "e\u0301", "ß", "ss", " ", ".", "$", "\u0001", "\uFFFF", "\U0001F600", "-", "acme", "alice",
    ];

    [Fact]
    public void ToString_RandomAndHostilePairs_IsInjectiveAndComesBack()
    {
        var random = new Random(20261201);
        var keys = new Dictionary<string, SessionKey>(PairCount, StringComparer.Ordinal);
        for (var i = 0; i < PairCount; i++)
        {
            var key = Create(random);
            var text = key.ToString();

            Assert.Equal(key, SessionKey.Parse(text));
            Assert.True(SessionKey.TryParse(text, out var read) && read == key, text);
            Assert.True(keys.TryAdd(text, key) || keys[text] == key, $"{text} is two sessions.");
        }

        // Most of them are different ones.
        Assert.InRange(keys.Count, PairCount * 3 / 5, PairCount);
        AssertRangesApart(keys.Keys);
    }

    [Fact]
    public void TryParse_RandomTexts_TakesWhatIsWrittenOnly()
    {
        var random = new Random(20261202);
        var taken = 0;
        for (var i = 0; i < PairCount; i++)
        {
            var text = Piece(random, 8);
            if (SessionKey.TryParse(text, out var key))
            {
                taken++;
                Assert.Equal(text, key.ToString());
            }
        }

        Assert.InRange(taken, 1_000, PairCount);
    }

    [Theory]
    [InlineData(null, "alice", "s1", "~~alice~s1")]
    [InlineData("acme", null, "s1", "~acme~~s1")]
    [InlineData("acme", "alice", "s1", "~acme~alice~s1")]
    [InlineData("a~b", "c%d", "~e", "~a%7Eb~c%25d~%7Ee")]
    [InlineData(null, null, "s1", "s1")]
    [InlineData(null, null, "~s1", "~s1")]
    public void ToString_Parts_StandInTheirPlaces(string? tenant, string? user, string sessionId, string expected) =>
        Assert.Equal(expected, new SessionKey(new SessionOwner { Tenant = tenant, User = user }, sessionId).ToString());

    [Theory]
    [InlineData("")]
    [InlineData(" ")]
    [InlineData("a\0")]
    public void SessionOwner_PartThatIsNoName_IsRefused(string part)
    {
        Assert.Equal("Tenant", Assert.Throws<ArgumentException>(() => new SessionOwner { Tenant = part }).ParamName);
        Assert.Equal("User", Assert.Throws<ArgumentException>(() => new SessionOwner { User = part }).ParamName);
    }

    [Fact]
    public void SessionOwner_PartOf256BytesOrHalfAPair_IsRefused()
    {
        Assert.Equal(255, new SessionOwner { User = new string('x', 255) }.User!.Length);
        Assert.Throws<ArgumentException>(() => new SessionOwner { User = new string('x', 256) });
        Assert.Throws<ArgumentException>(() => new SessionOwner { User = new string('ß', 128) });
        Assert.Throws<ArgumentException>(() => new SessionOwner { User = "\uD800" });
    }

    // In the order in which a database has them: all of one session stands before all of the next.
    private static void AssertRangesApart(IEnumerable<string> keys)
    {
        var ranges = keys.Select(key => ToBounds(MessageKeys.ToRange(key))).OrderBy(range => range.Start, ByBytes.Instance).ToList();
        for (var i = 1; i < ranges.Count; i++)
        {
            Assert.True(ByBytes.Instance.Compare(ranges[i - 1].End, ranges[i].Start) <= 0, $"{ranges[i - 1]} touches {ranges[i]}.");
        }
    }

    private static (string Start, string End) ToBounds(BsonDocument filter) => (filter["_id"]["$gte"].AsString, filter["_id"]["$lt"].AsString);

    private static SessionKey Create(Random random)
    {
        while (true)
        {
            try
            {
                var owner = new SessionOwner
                {
                    Tenant = random.Next(3) == 0 ? null : Piece(random, 3),
                    User = random.Next(3) == 0 ? null : Piece(random, 3),
                };
                return new SessionKey(owner, Piece(random, 5));
            }
            catch (ArgumentException)
            {
                // Blank, or the id of a session without an owner that looks like a key.
            }
        }
    }

    private static string Piece(Random random, int count) => string.Concat(Enumerable.Range(0, random.Next(1, count + 1)).Select(_ => Pieces[random.Next(Pieces.Length)]));

    private sealed class ByBytes : IComparer<string>
    {
        public static ByBytes Instance { get; } = new();

        public int Compare(string? x, string? y) => Encoding.UTF8.GetBytes(x!).AsSpan().SequenceCompareTo(Encoding.UTF8.GetBytes(y!));
    }
}
