namespace SessionManager.Testing.Providers;

/// <summary>
/// What a scripted model throws where a provider would have answered 400.
/// </summary>
public sealed class ProviderRefusedException : Exception
{
    public ProviderRefusedException()
    {
    }

    public ProviderRefusedException(string message)
        : base(message)
    {
    }

    public ProviderRefusedException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}
