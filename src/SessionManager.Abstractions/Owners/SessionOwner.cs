using SessionManager.Internal.Shared;

namespace SessionManager;

/// <summary>
/// Says whose a session is. The owner is part of what identifies a session: two owners with the same session id have two sessions.
/// </summary>
/// <remarks>
/// <para>
/// Take it from what the caller has been authenticated as, never from what a request says. Parts are compared as they are, character by
/// character: a provider that knows several spellings of one user chooses one.
/// </para>
/// <para>An owner does not change. It is safe to use from several threads.</para>
/// </remarks>
public sealed record SessionOwner
{
    /// <summary>
    /// Gets the owner of the sessions that nobody owns: those without a tenant and a user.
    /// </summary>
    public static SessionOwner None { get; } = new();

    /// <summary>
    /// Gets the tenant, such as the customer of a service that many use.
    /// </summary>
    /// <value>Not blank, at most 255 bytes in UTF-8, without NUL. Null for none.</value>
    /// <exception cref="ArgumentException">The value is none of these.</exception>
    public string? Tenant
    {
        get;
        init => field = Check(value, nameof(Tenant));
    }

    /// <summary>
    /// Gets the user.
    /// </summary>
    /// <value>Not blank, at most 255 bytes in UTF-8, without NUL. Null for none: what belongs to all of a tenant.</value>
    /// <exception cref="ArgumentException">The value is none of these.</exception>
    public string? User
    {
        get;
        init => field = Check(value, nameof(User));
    }

    /// <summary>
    /// Gets a value indicating whether this is <see cref="None"/>.
    /// </summary>
    public bool IsNone => Tenant is null && User is null;

    private static string? Check(string? part, string paramName)
    {
        if (part is not null)
        {
            Identifier.ThrowIfInvalid(part, paramName);
        }

        return part;
    }
}
