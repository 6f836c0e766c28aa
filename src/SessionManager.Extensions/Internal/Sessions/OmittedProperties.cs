using Microsoft.Extensions.AI;

namespace SessionManager.Internal.Sessions;

/// <summary>
/// Takes additional properties that cannot be stored out of an answer, and puts them back at the end: whoever has the answer
/// is to have all of it.
/// </summary>
internal sealed class OmittedProperties : IDisposable
{
    private readonly Stack<(object Owner, AdditionalPropertiesDictionary Properties)> _originals = new();

    /// <summary>
    /// Takes a property out; false if it is not one of an answer.
    /// </summary>
    public bool TryOmit(UnstorablePropertyException unstorable)
    {
        if (unstorable.ChatMessage.Role != ChatRole.Assistant || Get(unstorable.Owner) is not { } original)
        {
            return false;
        }

        // A dictionary of its own: the consumer of a stream may be reading this one.
        var properties = new AdditionalPropertiesDictionary(original);
        if (!properties.Remove(unstorable.PropertyName))
        {
            return false;
        }

        _originals.Push((unstorable.Owner, original));
        Set(unstorable.Owner, properties.Count > 0 ? properties : null);
        return true;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        while (_originals.TryPop(out var original))
        {
            Set(original.Owner, original.Properties);
        }
    }

    private static AdditionalPropertiesDictionary? Get(object owner) => owner switch
    {
        ChatMessage message => message.AdditionalProperties,
        AIContent content => content.AdditionalProperties,
        AIAnnotation annotation => annotation.AdditionalProperties,
        _ => null,
    };

    private static void Set(object owner, AdditionalPropertiesDictionary? properties)
    {
        switch (owner)
        {
            case ChatMessage message: message.AdditionalProperties = properties; break;
            case AIContent content: content.AdditionalProperties = properties; break;
            case AIAnnotation annotation: annotation.AdditionalProperties = properties; break;
            default: break;
        }
    }
}
