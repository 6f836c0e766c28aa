using System.Buffers.Text;
using MongoDB.Bson;

namespace SessionManager.Internal.Storage.Documents;

public sealed class SessionCursorTests
{
    public static TheoryData<SessionOrder, long, string> Ends => new()
    {
        { SessionOrder.CreatedAt, 1704164645678, "session-1" },
        { SessionOrder.UpdatedAt, 0, "s" },
        { SessionOrder.CreatedAt, -1, "größe 😀/+=" },
        { SessionOrder.UpdatedAt, long.MaxValue, new string('x', 255) },
    };

    [Theory]
    [MemberData(nameof(Ends))]
    public void Parse_Text_GivesTheCursorAgain(SessionOrder order, long time, string sessionId)
    {
        var cursor = new SessionCursor(order, new BsonDateTime(time), sessionId);

        var text = cursor.ToText();

        Assert.Equal(cursor, SessionCursor.Parse(text, order, "after"));
        Assert.Equal(Uri.EscapeDataString(text), text);
    }

    [Theory]
    [InlineData("")]
    [InlineData("!")]
    [InlineData("A")]
    [InlineData("AAAAAAAAAAAA")]
    [InlineData("AgAAAAAAAAAAcw")]
    [InlineData("AAAAAAAAAAAA_w")]
    public void Parse_TextThatIsNoCursor_NamesTheParameter(string text) =>
        Assert.Equal("after", Assert.Throws<ArgumentException>(() => SessionCursor.Parse(text, SessionOrder.CreatedAt, "after")).ParamName);

    [Fact]
    public void Parse_CursorOfAnotherOrder_NamesBoth()
    {
        var text = new SessionCursor(SessionOrder.CreatedAt, new BsonDateTime(0), "s").ToText();

        var exception = Assert.Throws<ArgumentException>(() => SessionCursor.Parse(text, SessionOrder.UpdatedAt, "after"));

        Assert.Contains("ordered by CreatedAt; this list is ordered by UpdatedAt", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void ToText_Cursor_IsPinned() =>
        Assert.Equal("AAAAAYzIHw5ucy0x", new SessionCursor(SessionOrder.CreatedAt, new BsonDateTime(1704164527726), "s-1").ToText());

    [Fact]
    public void Parse_EveryPrefix_EitherReadsOrThrowsArgumentException()
    {
        var bytes = Base64Url.DecodeFromChars(new SessionCursor(SessionOrder.CreatedAt, new BsonDateTime(1), "😀😀").ToText());
        for (var length = 0; length <= bytes.Length; length++)
        {
            var text = Base64Url.EncodeToString(bytes.AsSpan(0, length));
            var exception = Record.Exception(() => SessionCursor.Parse(text, SessionOrder.CreatedAt, "after"));
            Assert.True(exception is null or ArgumentException, exception?.ToString());
        }
    }
}
