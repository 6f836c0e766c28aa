using System.Collections;
using System.Reflection;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using MongoDB.Bson;
using SessionManager.Internal.Shared;

namespace SessionManager.Internal.Storage.Documents.Values;

internal static partial class MetadataValues
{
    // System.Text.Json decides what an object consists of; its parts keep their BSON types as far as it lets them.
    private static BsonValue ConvertObject(object value, Type declaredType, int depth)
    {
        ThrowIfUnstorable(value);

        // By the declared type, as System.Text.Json does: a property of a base type shows what that has.
        var type = declaredType == typeof(object) ? value.GetType() : Nullable.GetUnderlyingType(declaredType) ?? declaredType;
        var info = GetTypeInfo(type);
        return info.Kind switch
        {
            // Only the JSON has the discriminator.
            _ when info.PolymorphismOptions is not null => ConvertAsJson(value, type, depth),
            JsonTypeInfoKind.Dictionary when value is IDictionary map => ConvertMap(ToEntries(map), info.ElementType ?? typeof(object), depth),
            JsonTypeInfoKind.Dictionary when value is IEnumerable<KeyValuePair<string, object?>> map => ConvertMap(map, typeof(object), depth),
            JsonTypeInfoKind.Enumerable when value is IEnumerable items => ConvertArray(items, info.ElementType ?? typeof(object), depth),
            JsonTypeInfoKind.Object when IsPlain(info) => ConvertProperties(value, info, depth),
            _ => ConvertAsJson(value, type, depth),
        };
    }

    private static BsonArray ConvertArray(IEnumerable items, Type itemType, int depth)
    {
        ThrowIfTooDeep(depth);
        var array = new BsonArray();
        foreach (var item in items)
        {
            try
            {
                array.Add(Convert(item, itemType, depth + 1));
            }
            catch (UnstorableValueException e) when (e.AddParent($"[{array.Count}]"))
            {
                throw;
            }
        }

        return array;
    }

    private static BsonDocument ConvertMap(IEnumerable<KeyValuePair<string, object?>> map, Type valueType, int depth)
    {
        ThrowIfTooDeep(depth);
        var document = new BsonDocument();
        foreach (var (key, value) in map)
        {
            try
            {
                document[BsonKeys.Encode(key)] = Convert(value, valueType, depth + 1);
            }
            catch (UnstorableValueException e) when (e.AddParent(ToSegment(key)))
            {
                throw;
            }
        }

        return document;
    }

    private static BsonDocument ConvertProperties(object value, JsonTypeInfo info, int depth)
    {
        ThrowIfTooDeep(depth);
        var document = new BsonDocument();
        foreach (var property in info.Properties)
        {
            try
            {
                if (TryGet(property, value, out var item))
                {
                    document[BsonKeys.Encode(property.Name)] = Convert(item, property.PropertyType, depth + 1);
                }
            }
            catch (UnstorableValueException e) when (e.AddParent(ToSegment(property.Name)))
            {
                throw;
            }
        }

        return document;
    }

    private static bool TryGet(JsonPropertyInfo property, object value, out object? item)
    {
        try
        {
            item = property.Get?.Invoke(value);
            return property.Get is not null && property.ShouldSerialize?.Invoke(value, item) != false;
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            // A property of an application's type may throw anything.
            throw new UnstorableValueException($"of type {property.PropertyType} cannot be read", e);
        }
    }

    private static BsonValue ConvertAsJson(object value, Type type, int depth)
    {
        JsonElement json;
        try
        {
            json = JsonSerializer.SerializeToElement(value, type, TypedMetadata.DefaultOptions);
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            // So may a converter.
            throw Unstorable(value.GetType(), e);
        }

        return ConvertJson(json, depth);
    }

    private static JsonTypeInfo GetTypeInfo(Type type)
    {
        try
        {
            return TypedMetadata.DefaultOptions.GetTypeInfo(type);
        }
        catch (Exception e) when (e is ArgumentException or InvalidOperationException or NotSupportedException)
        {
            throw JsonSerializer.IsReflectionEnabledByDefault
                ? Unstorable(type, e)
                : new UnstorableValueException(
                    $"is of type {type}, which cannot be stored without reflection for JSON; give it as a JsonElement or a dictionary", e);
        }
    }

    // Whether the object is its properties and nothing else.
    private static bool IsPlain(JsonTypeInfo info)
    {
        if (info.Properties.Count == 0 && info.Type.GetFields(BindingFlags.Public | BindingFlags.Instance).Length > 0)
        {
            // A tuple, for one. JSON knows nothing of fields, and what is given must not vanish.
            throw Unstorable(info.Type, null);
        }

        return info.NumberHandling is null
            && info.OnSerializing is null
            && info.OnSerialized is null
            && info.Properties.All(property => property is { CustomConverter: null, NumberHandling: null, IsExtensionData: false });
    }

    private static IEnumerable<KeyValuePair<string, object?>> ToEntries(IDictionary map)
    {
        foreach (DictionaryEntry entry in map)
        {
            yield return new(ToKey(entry.Key), entry.Value);
        }
    }

    private static string ToKey(object key) =>
        key as string
        ?? (key.GetType().IsPrimitive || key is Enum or Guid
            ? FormattableString.Invariant($"{key}")
            : throw new UnstorableValueException($"has a key of type {key.GetType()}; keys must be strings"));

    // What System.Text.Json would wait for, read to its end or take apart.
    private static void ThrowIfUnstorable(object value)
    {
        if (value is Delegate or MemberInfo or Stream or TextReader or TextWriter or Task or ValueTask or CancellationToken
            || (value.GetType() is { IsGenericType: true } type && type.GetGenericTypeDefinition() == typeof(ValueTask<>)))
        {
            throw Unstorable(value.GetType(), null);
        }
    }

    private static void ThrowIfTooDeep(int depth)
    {
        if (depth >= JsonValueWriter.MaxDepth)
        {
            throw UnstorableValueException.ForDepth();
        }
    }

    private static string ToSegment(string key) =>
        key.Length > 0 && key.All(c => char.IsLetterOrDigit(c) || c == '_') ? $".{key}" : $"['{Utf16.ToWellFormed(key)}']";

    private static UnstorableValueException Unstorable(Type type, Exception? inner) =>
        new($"is of type {type}, which cannot be stored", inner);
}
