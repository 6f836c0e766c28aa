using System.Text.Json;
using Microsoft.Extensions.AI;
using MongoDB.Bson;
using SessionManager.Internal.Storage.Documents;

namespace SessionManager.Internal.Tools;

internal sealed partial class MetadataTool
{
    private static readonly JsonDocumentOptions AnyDepth = new() { MaxDepth = int.MaxValue };

    // Models' arguments come as JSON, as .NET values, or as JSON in a string. As BSON they are all the same.
    private static BsonValue GetValue(AIFunctionArguments arguments, string name) =>
        MetadataValues.ToBson(arguments.TryGetValue(name, out var value) ? value : null, name);

    /// <summary>Gets an argument, parsed if it is a string. Returns false, and the string, where it is no JSON.</summary>
    private static bool TryParse(AIFunctionArguments arguments, string name, out BsonValue value)
    {
        value = GetValue(arguments, name);
        if (value is not BsonString text)
        {
            return true;
        }

        JsonElement json;
        try
        {
            json = JsonElement.Parse(text.Value, AnyDepth);
        }
        catch (JsonException)
        {
            return false;
        }

        value = MetadataValues.ToBson(json, name);
        return true;
    }

    private static bool TryGetKeys(BsonValue value, out string[] keys)
    {
        keys = value is BsonArray items ? [.. items.OfType<BsonString>().Select(item => item.Value)] : [];
        return value is BsonNull || (value is BsonArray all && all.Count == keys.Length);
    }

    private static bool IsFalsy(BsonValue value) => value switch
    {
        BsonNull => true,
        BsonString text => text.Value.Length == 0,
        BsonDocument map => map.ElementCount == 0,
        BsonArray list => list.Count == 0,
        BsonBoolean or BsonInt32 or BsonInt64 or BsonDouble => !value.ToBoolean(),
        _ => false,
    };

    private static string GetPythonType(BsonValue value) => value switch
    {
        BsonString => "str",
        BsonBoolean => "bool",
        BsonInt32 or BsonInt64 => "int",
        BsonArray => "list",
        BsonBinaryData => "bytes",
        BsonDateTime => "datetime.datetime",
        _ => "float",
    };
}
