namespace SessionManager;

/// <summary>
/// Tells whose the sessions are that the current request works with. Where one is registered, every session has its owner.
/// </summary>
/// <remarks>
/// <para>
/// Register it with <c>AddSessionOwner</c>, or under the key of the registration in the container. It is asked whenever a session manager is
/// made, and takes the owner from what the caller has been authenticated as. <see cref="ISessionManagerFactory.ForOwner"/> goes past it.
/// </para>
/// <para>Called from several threads at once where it serves more than one request, as a singleton does.</para>
/// </remarks>
public interface ISessionOwnerProvider
{
    /// <summary>
    /// Gets the owner.
    /// </summary>
    /// <returns>
    /// The owner; <see cref="SessionOwner.None"/> where sessions are nobody's on purpose. Null where it is not known: no session is
    /// made then, and <see cref="SessionOwnerRequiredException"/> is thrown.
    /// </returns>
    SessionOwner? GetOwner();
}
