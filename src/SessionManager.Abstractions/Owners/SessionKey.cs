using System.Text;
using SessionManager.Internal.Shared;

namespace SessionManager;

/// <summary>
/// Identifies a session in its storage: by its owner and the id that it has there. Its text is the session id of a <see cref="SessionStorage"/>.
/// </summary>
/// <remarks>
/// The text of a session that nobody owns is its id, as it is. That of others is <c>~tenant~user~id</c>, where a part that is left out is empty,
/// and <c>%</c> and <c>~</c> in a part are <c>%25</c> and <c>%7E</c>: no two sessions have one text. Ids of sessions that nobody owns cannot
/// look like that.
/// </remarks>
public readonly record struct SessionKey
{
    private const char Separator = '~';

    // More are reserved for parts of owners that are yet to come.
    private const int MinSeparators = 3;

    /// <summary>
    /// Initializes a new instance of the <see cref="SessionKey"/> struct.
    /// </summary>
    /// <param name="owner">The owner, which may be <see cref="SessionOwner.None"/>.</param>
    /// <param name="sessionId">The id that the session has for its owner.</param>
    /// <exception cref="ArgumentException">
    /// <paramref name="owner"/> is null, or <paramref name="sessionId"/> is no id of a session, or none of one without an owner.
    /// </exception>
    public SessionKey(SessionOwner owner, string sessionId)
    {
        ArgumentNullException.ThrowIfNull(owner);
        Identifier.ThrowIfInvalid(sessionId, nameof(sessionId));
        if (owner.IsNone && IsOwned(sessionId))
        {
            throw new ArgumentException($"The id begins with '{Separator}' and has two more of them, as the keys of sessions do that have an owner.", nameof(sessionId));
        }

        (Owner, SessionId) = (owner, sessionId);
    }

    // What is stored is read, whatever it is.
    private SessionKey(string sessionId, SessionOwner owner) => (Owner, SessionId) = (owner, sessionId);

    /// <summary>
    /// Gets the owner.
    /// </summary>
    /// <value><see cref="SessionOwner.None"/> where nobody owns the session.</value>
    public SessionOwner Owner { get; }

    /// <summary>
    /// Gets the id that the session has for its owner.
    /// </summary>
    public string SessionId { get; }

    /// <summary>
    /// Reads the text of a key.
    /// </summary>
    /// <param name="text">The session id that a <see cref="SessionStorage"/> is given.</param>
    /// <returns>The key. A text that is none is the id of a session that nobody owns.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="text"/> is null.</exception>
    public static SessionKey Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return IsOwned(text) && TryRead(text) is { } key ? key : new SessionKey(text, SessionOwner.None);
    }

    /// <summary>
    /// Reads the text of a key that a session can have.
    /// </summary>
    /// <param name="text">The text.</param>
    /// <param name="key">The key.</param>
    /// <returns>False where it is none that a <see cref="SessionStorage"/> takes.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="text"/> is null.</exception>
    public static bool TryParse(string text, out SessionKey key)
    {
        key = Parse(text);
        return FindFault(text) is null;
    }

    /// <summary>
    /// Returns the text of the key.
    /// </summary>
    /// <returns>What <see cref="Parse"/> reads.</returns>
    public override string ToString() => ToText(Owner, SessionId);

    /// <summary>
    /// Gets the text of a key that is not checked, such as that of a session that another program has stored.
    /// </summary>
    internal static string ToText(SessionOwner? owner, string sessionId) => owner is null or { IsNone: true }
        ? sessionId
        : $"{Separator}{Escape(owner.Tenant)}{Separator}{Escape(owner.User)}{Separator}{Escape(sessionId)}";

    /// <summary>
    /// Checks the text of a key.
    /// </summary>
    /// <exception cref="ArgumentException">It is neither the text of a key nor the id of a session that nobody owns.</exception>
    internal static void ThrowIfInvalid(string text, string paramName)
    {
        ArgumentNullException.ThrowIfNull(text, paramName);
        if (FindFault(text) is { } fault)
        {
            throw new ArgumentException(fault, paramName);
        }
    }

    /// <summary>
    /// Finds what makes a text that of no key: a sentence, or null where nothing does.
    /// </summary>
    private static string? FindFault(string text)
    {
        if (!IsOwned(text))
        {
            return Identifier.FindFault(text);
        }

        // A text that another one reads as the same would be a second place for one session.
        return TryRead(text) is { } key && key.ToString() == text
            ? null
            : $"The id begins with '{Separator}' and has two more of them, but is no key of a session that has an owner.";
    }

    private static bool IsOwned(string text) => text.StartsWith(Separator) && text.AsSpan().Count(Separator) >= MinSeparators;

    private static SessionKey? TryRead(string text)
    {
        if (text.Split(Separator) is not ["", var tenant, var user, var id] || tenant.Length + user.Length == 0)
        {
            return null;
        }

        id = Unescape(id);
        if (TryReadPart(tenant, out var tenantName) && TryReadPart(user, out var userName) && Identifier.FindFault(id) is null)
        {
            return new SessionKey(id, new SessionOwner { Tenant = tenantName, User = userName });
        }

        return null;
    }

    private static bool TryReadPart(string text, out string? part)
    {
        part = text.Length == 0 ? null : Unescape(text);
        return part is null || Identifier.FindFault(part) is null;
    }

    private static string Escape(string? part) => part is null || !part.AsSpan().ContainsAny('%', Separator)
        ? part ?? ""
        : new StringBuilder(part).Replace("%", "%25").Replace("~", "%7E").ToString();

    private static string Unescape(string part) => part.Contains('%', StringComparison.Ordinal)
        ? new StringBuilder(part).Replace("%7E", "~").Replace("%25", "%").ToString()
        : part;
}
