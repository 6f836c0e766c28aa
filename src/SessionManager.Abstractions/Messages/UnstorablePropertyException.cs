using Microsoft.Extensions.AI;

namespace SessionManager;

/// <summary>
/// Thrown when an additional property of a message, or of a part of it, has a value that cannot be stored. Nothing was written.
/// </summary>
/// <remarks>A storage that throws it, and not another <see cref="ArgumentException"/>, lets answers be stored without the property.</remarks>
public sealed class UnstorablePropertyException : ArgumentException
{
    /// <summary>
    /// Initializes a new instance of the <see cref="UnstorablePropertyException"/> class.
    /// </summary>
    /// <param name="message">Where the value is and why it cannot be stored. It is not to tell the value.</param>
    /// <param name="parameterName">The name of the parameter that has the value.</param>
    /// <param name="chatMessage">The message.</param>
    /// <param name="owner">What has the property: the message, a content or an annotation.</param>
    /// <param name="propertyName">The name of the property.</param>
    /// <param name="innerException">What the value has thrown, or null.</param>
    /// <exception cref="ArgumentNullException">An argument but the last one is null.</exception>
    public UnstorablePropertyException(
        string message,
        string parameterName,
        ChatMessage chatMessage,
        object owner,
        string propertyName,
        Exception? innerException = null)
        : base(message, parameterName, innerException)
    {
        ArgumentNullException.ThrowIfNull(message);
        ArgumentNullException.ThrowIfNull(parameterName);
        ArgumentNullException.ThrowIfNull(chatMessage);
        ArgumentNullException.ThrowIfNull(owner);
        ArgumentNullException.ThrowIfNull(propertyName);
        ChatMessage = chatMessage;
        Owner = owner;
        PropertyName = propertyName;
    }

    /// <summary>
    /// Gets the message that could not be stored.
    /// </summary>
    public ChatMessage ChatMessage { get; }

    /// <summary>
    /// Gets what has the property.
    /// </summary>
    /// <value>The message itself, an <see cref="AIContent"/> or an <see cref="AIAnnotation"/> inside it.</value>
    public object Owner { get; }

    /// <summary>
    /// Gets the name of the additional property.
    /// </summary>
    public string PropertyName { get; }
}
