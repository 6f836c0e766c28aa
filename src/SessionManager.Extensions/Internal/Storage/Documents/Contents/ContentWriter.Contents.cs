using Microsoft.Extensions.AI;
using SessionManager.Internal.Storage.Documents.Values;

namespace SessionManager.Internal.Storage.Documents.Contents;

internal sealed partial class ContentWriter
{
    /// <summary>Writes the contents that have a block, as documents of the open array.</summary>
    public void Blocks(IReadOnlyList<AIContent> contents, bool inToolResult)
    {
        for (var i = 0; i < contents.Count; i++)
        {
            try
            {
                if (ContentBlock.For(contents[i], inToolResult) is { } block)
                {
                    bson.WriteStartDocument();
                    block.Write(this, contents[i]);
                    bson.WriteEndDocument();
                }
            }
            // The filter never catches: it adds this place to the path while the exception passes.
            catch (UnstorableValueException e) when (e.AddParent($".contents[{i}]"))
            {
                throw;
            }
        }
    }

    /// <summary>Writes what <see cref="Blocks"/> leaves out: contents that have no block, details of others.</summary>
    public void Entries(IReadOnlyList<AIContent> contents, bool inToolResult)
    {
        BeginArray(MessageNames.Contents);
        for (var i = 0; i < contents.Count; i++)
        {
            BeginEntry(i);
            try
            {
                if (ContentBlock.For(contents[i], inToolResult) is { } block)
                {
                    block.WriteDetails(this, contents[i]);
                    Common(contents[i]);
                }
                else
                {
                    Whole(contents[i]);
                }
            }
            catch (UnstorableValueException e) when (e.AddParent($".contents[{i}]"))
            {
                throw;
            }

            End();
        }

        End();
    }

    /// <summary>Writes contents that are part of another, each as one document.</summary>
    public void Nested(string name, IList<AIContent>? contents)
    {
        if (contents is null)
        {
            return;
        }

        Name(name);
        bson.WriteStartArray();
        for (var i = 0; i < contents.Count; i++)
        {
            try
            {
                NestedValue(contents[i]);
            }
            catch (UnstorableValueException e) when (e.AddParent($".{name}[{i}]"))
            {
                throw;
            }
        }

        bson.WriteEndArray();
    }

    /// <summary>Writes one content that is part of another.</summary>
    public void Nested(string name, AIContent content)
    {
        Name(name);
        try
        {
            NestedValue(content);
        }
        catch (UnstorableValueException e) when (e.AddParent("." + name))
        {
            throw;
        }
    }

    /// <summary>Writes an object of a type that the application derived, as a document with its JSON.</summary>
    public void Foreign(object value)
    {
        bson.WriteStartDocument();
        Foreign(value.GetType().FullName!, value);
        bson.WriteEndDocument();
    }

    private void Foreign(string typeName, object value)
    {
        Text(MessageNames.Type, typeName);
        Value(MessageNames.Value, values.ToElement(value));
    }

    private void NestedValue(AIContent content)
    {
        bson.WriteStartDocument();
        Whole(content);
        bson.WriteEndDocument();
    }

    private void Whole(AIContent content)
    {
        if (bson.SerializationDepth > MaxDepth)
        {
            throw new UnstorableValueException("is content nested too deeply in other content, perhaps in itself");
        }

        if (ContentBlock.For(content, inToolResult: false) is { } block)
        {
            // Opens the scopes that wait for a first field.
            block.Write(this, content);
            block.WriteDetails(this, content);
        }
        else if (UnknownBlock.TryWriteEntry(this, content))
        {
            // As it was stored.
        }
        else if (ContentType.Find(content.GetType()) is { } type)
        {
            Text(MessageNames.Type, type.Name);
            type.Write(this, content);
        }
        else
        {
            // Its JSON has the common properties too.
            Foreign(registered.GetName(content.GetType()), content);
            return;
        }

        Common(content);
    }

    private void Common(AIContent content)
    {
        AnnotationFormat.Write(this, content.Annotations);
        Properties(content, UnknownBlock.GetProperties(content));
    }
}
