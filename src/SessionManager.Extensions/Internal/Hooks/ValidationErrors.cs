namespace SessionManager.Internal.Hooks;

/// <summary>
/// The faults that the validation of one operation has found.
/// </summary>
internal sealed class ValidationErrors
{
    private Dictionary<string, List<string>>? _errors;

    public void Add(string field, string message)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(field);
        ArgumentNullException.ThrowIfNull(message);

        _errors ??= new(StringComparer.Ordinal);
        if (!_errors.TryGetValue(field, out var messages))
        {
            _errors.Add(field, messages = []);
        }

        messages.Add(message);
    }

    public void ThrowIfAny(SessionKey session)
    {
        if (_errors is not null)
        {
            throw new SessionValidationException(session.ToString(), _errors.ToDictionary(error => error.Key, error => (IReadOnlyList<string>)error.Value));
        }
    }
}
