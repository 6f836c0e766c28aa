using Microsoft.Extensions.AI;

namespace SessionManager;

/// <summary>
/// Adds a <see cref="SessionRequest"/> to the options of a request.
/// </summary>
public static class SessionRequestExtensions
{
    /// <summary>
    /// Says of one request of a pipeline what differs from what is configured.
    /// </summary>
    /// <param name="options">The options of the request. They are changed.</param>
    /// <param name="request">What differs.</param>
    /// <returns>The options.</returns>
    /// <exception cref="ArgumentNullException">An argument is null.</exception>
    public static ChatOptions With(this ChatOptions options, SessionRequest request)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(request);
        options.AdditionalProperties ??= [];
        options.AdditionalProperties[SessionRequest.PropertyName] = request;
        return options;
    }
}
