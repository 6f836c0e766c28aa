using System.Buffers.Text;

namespace SessionManager;

public sealed class SessionCursorTests
{
    public static TheoryData<SessionOrder, long, string> Ends => new()
    {
        { SessionOrder.CreatedAt, 1704164645678, "session-1" },
        { SessionOrder.UpdatedAt, 0, "s" },
        { SessionOrder.CreatedAt, -1, "größe 😀/+=" },
        { SessionOrder.UpdatedAt, DateTimeOffset.MaxValue.ToUnixTimeMilliseconds(), new string('x', 255) },
    };

    [Theory]
    [MemberData(nameof(Ends))]
    public void Parse_Text_GivesTheCursorAgain(SessionOrder order, long time, string sessionId)
    {
        var cursor = Create(order, time, sessionId);

        var text = cursor.ToString();

        Assert.Equal(cursor, SessionCursor.Parse(new SessionQuery { After = text, Order = order }));
        Assert.Equal(Uri.EscapeDataString(text), text);
    }

    [Theory]
    [InlineData("")]
    [InlineData("!")]
    [InlineData("A")]
    [InlineData("AAAAAAAAAAA")]
    [InlineData("AgAAAAAAAAAAcw")]
    [InlineData("AAAAAAAAAAAA_w")]
    [InlineData("AH__________cw")]
    [InlineData("AIAAAAAAAAAAcw")]
    public void Parse_TextThatIsNoCursor_NamesTheParameter(string text) =>
        Assert.Equal("query.After", Assert.Throws<ArgumentException>(() => SessionCursor.Parse(new SessionQuery { After = text })).ParamName);

    [Fact]
    public void Parse_CursorOfAnotherOrder_NamesBoth()
    {
        var text = Create(SessionOrder.CreatedAt, 0, "s").ToString();

        var exception = Assert.Throws<ArgumentException>(() => SessionCursor.Parse(new SessionQuery { After = text, Order = SessionOrder.UpdatedAt }));

        Assert.Contains("ordered by CreatedAt; this list is ordered by UpdatedAt", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void ToText_Cursor_IsPinned() =>
        Assert.Equal("AAAAAYzIHw5ucy0x", Create(SessionOrder.CreatedAt, 1704164527726, "s-1").ToString());

    [Fact]
    public void Parse_EveryPrefix_EitherReadsOrThrowsArgumentException()
    {
        var bytes = Base64Url.DecodeFromChars(Create(SessionOrder.CreatedAt, 1, "😀😀").ToString());
        for (var length = 0; length <= bytes.Length; length++)
        {
            var text = Base64Url.EncodeToString(bytes.AsSpan(0, length));
            var exception = Record.Exception(() => SessionCursor.Parse(new SessionQuery { After = text }));
            Assert.True(exception is null or ArgumentException, exception?.ToString());
        }
    }

    private static SessionCursor Create(SessionOrder order, long milliseconds, string sessionId) =>
        new() { Order = order, Time = DateTimeOffset.FromUnixTimeMilliseconds(milliseconds), SessionId = sessionId };
}
