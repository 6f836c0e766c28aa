using System.Globalization;
using System.Runtime.InteropServices;
using SessionManager.Internal.Shared;
using SessionManager.Internal.Storage.Documents.Values;

namespace SessionManager.Internal.Storage.Documents.Contents;

/// <content>Fields. Null is left out.</content>
internal sealed partial class ContentWriter
{
    public void Text(string name, string? text)
    {
        if (text is not null)
        {
            Name(name);
            JsonValueWriter.WriteText(bson, text);
        }
    }

    /// <summary>Writes text into a block, which other programs must be able to read: lone surrogates become U+FFFD.</summary>
    public void BlockText(string name, string text)
    {
        Name(name);
        bson.WriteString(Utf16.ToWellFormed(text));
    }

    /// <summary>Writes the exact form of a text that <see cref="BlockText"/> had to change.</summary>
    public void ExactText(string name, string? text)
    {
        if (text is not null && !Utf16.IsWellFormed(text))
        {
            Text(name, text);
        }
    }

    public void Number(string name, long? number)
    {
        if (number is not null)
        {
            Name(name);
            bson.WriteInt64(number.Value);
        }
    }

    public void Flag(string name, bool flag)
    {
        Name(name);
        bson.WriteBoolean(flag);
    }

    /// <summary>Writes a date with all its ticks and its offset, which a BSON date does not hold.</summary>
    public void Date(string name, DateTimeOffset? date)
        => Text(name, date?.ToString("O", CultureInfo.InvariantCulture));

    public void Null(string name)
    {
        Name(name);
        bson.WriteNull();
    }

    public void Bytes(string name, ReadOnlyMemory<byte> data)
    {
        Name(name);
        var isWhole = MemoryMarshal.TryGetArray(data, out var segment) && segment.Count == segment.Array!.Length;
        bson.WriteBytes(isWhole ? segment.Array : data.ToArray());
    }

    public void Texts(string name, IEnumerable<string>? texts)
    {
        if (texts is null)
        {
            return;
        }

        Name(name);
        bson.WriteStartArray();
        foreach (var text in texts)
        {
            values.Write(bson, text);
        }

        bson.WriteEndArray();
    }

    /// <summary>Writes a map of the application; errors name the property that it came from.</summary>
    public void Map(string name, IEnumerable<KeyValuePair<string, object?>>? map, string? property = null)
    {
        if (map is null)
        {
            return;
        }

        Name(name);
        try
        {
            values.WriteMap(bson, map);
        }
        catch (UnstorableValueException e) when (e.AddParent("." + (property ?? name)))
        {
            throw;
        }
    }

    /// <summary>Writes additional properties; errors say whose they are.</summary>
    public void Properties(object owner, IEnumerable<KeyValuePair<string, object?>>? properties)
    {
        try
        {
            Map(MessageNames.AdditionalProperties, properties);
        }
        catch (UnstorableValueException e) when (e.AddOwner(owner))
        {
            throw;
        }
    }

    /// <summary>Writes any value; errors name the property that it came from.</summary>
    public void Value(string name, object? value, string? property = null)
    {
        Name(name);
        try
        {
            values.Write(bson, value);
        }
        catch (UnstorableValueException e) when (e.AddParent("." + (property ?? name)))
        {
            throw;
        }
    }
}
