using Microsoft.Extensions.AI;

namespace SessionManager;

/// <summary>
/// Says of one request of a pipeline or an agent what differs from what is configured.
/// </summary>
/// <remarks>
/// It goes with the options of the request: <c>chatClient.GetResponseAsync(messages, new ChatOptions { … }.With(new SessionRequest { … }))</c>.
/// It does not reach the model's client.
/// </remarks>
public sealed record SessionRequest
{
    /// <summary>
    /// The name under which it stands among the additional properties of a request's options.
    /// </summary>
    public const string PropertyName = "SessionManager.Request";

    /// <summary>
    /// Gets the owner of the session.
    /// </summary>
    /// <value>
    /// Null, the default, for the one that the factory of the sessions names, such as by an <see cref="ISessionOwnerProvider"/>. Another one goes
    /// past that: take it from what the caller has been authenticated as.
    /// </value>
    public SessionOwner? Owner { get; init; }

    /// <summary>
    /// Gets what happens where another run goes on.
    /// </summary>
    /// <value>Null, the default, for what is configured.</value>
    public WhenBusy? WhenBusy { get; init; }

    /// <summary>
    /// Gets the number of messages after which the history goes on anew: the position of the message of the user that the request has in another
    /// form, or of the answer that is to be given again.
    /// </summary>
    /// <value>As <see cref="AgentInitializationOptions.RewindTo"/>; null, the default, goes on from the end.</value>
    public int? RewindTo { get; init; }

    /// <summary>
    /// Gets a value indicating whether the session must exist.
    /// </summary>
    /// <value>As <see cref="AgentInitializationOptions.RequireExisting"/>; null, the default, for what is configured.</value>
    public bool? RequireExisting { get; init; }

    /// <summary>
    /// Finds it among additional properties.
    /// </summary>
    /// <param name="properties">The additional properties of a request's options, or null.</param>
    /// <returns>It, or null where there is none.</returns>
    /// <exception cref="ArgumentException">Something else stands under its name.</exception>
    public static SessionRequest? Find(AdditionalPropertiesDictionary? properties) =>
        properties is null || !properties.TryGetValue(PropertyName, out var value) || value is null
            ? null
            : value as SessionRequest ?? throw new ArgumentException($"The additional property '{PropertyName}' is no {nameof(SessionRequest)} but a {value.GetType()}.", nameof(properties));
}
