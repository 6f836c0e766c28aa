namespace SessionManager.Internal.Sessions;

/// <summary>
/// Says whose the sessions of a factory are: always one owner's, or whoever's the provider names at the time.
/// </summary>
internal readonly struct OwnerSource
{
    private readonly SessionOwner? _owner;
    private readonly ISessionOwnerProvider? _provider;

    public OwnerSource(SessionOwner owner) => _owner = owner;

    /// <param name="provider">The provider, or null where sessions are nobody's.</param>
    public OwnerSource(ISessionOwnerProvider? provider) => _provider = provider;

    /// <exception cref="SessionOwnerRequiredException">The provider has named none.</exception>
    public SessionOwner Get() =>
        _owner ?? (_provider is null ? SessionOwner.None : _provider.GetOwner() ?? throw new SessionOwnerRequiredException());
}
