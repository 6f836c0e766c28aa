using System.Globalization;
using System.Text;
using MongoDB.Bson;
using SessionManager.Internal.Storage.Documents;

namespace SessionManager.Internal.Tools;

/// <summary>
/// Writes metadata as Python's <c>json.dumps(metadata, default=str)</c> does: in ASCII, with a space after each comma and
/// colon, and with the <c>str</c> of whatever JSON has no type for.
/// </summary>
internal static class PythonJson
{
    public static string Dump(IReadOnlyDictionary<string, object?> metadata)
    {
        var json = new StringBuilder(256);

        // A hook may have put values of any type among those that were stored.
        AppendMap(json, MetadataValues.ToBson(metadata, nameof(metadata)));
        return json.ToString();
    }

    private static void Append(StringBuilder json, BsonValue value)
    {
        switch (value)
        {
            case BsonNull: json.Append("null"); break;
            case BsonBoolean flag: json.Append(flag.Value ? "true" : "false"); break;
            case BsonInt32 number: json.Append(number.Value); break;
            case BsonInt64 number: json.Append(number.Value); break;
            case BsonDouble number: json.Append(PythonText.Repr(number.Value)); break;
            case BsonString text: AppendString(json, text.Value); break;
            case BsonDocument map: AppendMap(json, map); break;
            case BsonArray list: AppendList(json, list); break;
            case BsonDateTime { IsValidDateTime: true } time: AppendString(json, PythonText.Str(time.ToUniversalTime())); break;
            case BsonBinaryData bytes: AppendString(json, PythonText.Repr(bytes.Bytes)); break;
            default: AppendString(json, value.ToString() ?? ""); break;
        }
    }

    private static void AppendMap(StringBuilder json, BsonDocument map)
    {
        json.Append('{');
        var separator = "";
        foreach (var element in map)
        {
            json.Append(separator);
            AppendString(json, BsonKeys.Decode(element.Name));
            json.Append(": ");
            Append(json, element.Value);
            separator = ", ";
        }

        json.Append('}');
    }

    private static void AppendList(StringBuilder json, BsonArray list)
    {
        json.Append('[');
        var separator = "";
        foreach (var item in list)
        {
            json.Append(separator);
            Append(json, item);
            separator = ", ";
        }

        json.Append(']');
    }

    private static void AppendString(StringBuilder json, string text)
    {
        json.Append('"');
        foreach (var c in text)
        {
            switch (c)
            {
                case '"' or '\\': json.Append('\\').Append(c); break;
                case '\b': json.Append("\\b"); break;
                case '\f': json.Append("\\f"); break;
                case '\n': json.Append("\\n"); break;
                case '\r': json.Append("\\r"); break;
                case '\t': json.Append("\\t"); break;
                case >= ' ' and <= '~': json.Append(c); break;
                default: json.Append(CultureInfo.InvariantCulture, $"\\u{(int)c:x4}"); break;
            }
        }

        json.Append('"');
    }
}
