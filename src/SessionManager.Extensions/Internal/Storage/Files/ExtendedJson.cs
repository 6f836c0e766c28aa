namespace SessionManager.Internal.Storage.Files;

/// <summary>
/// The names of canonical Extended JSON (https://www.mongodb.com/docs/manual/reference/mongodb-extended-json/), in which each value says its type.
/// </summary>
/// <remarks>
/// There, <c>{ "$oid": "…" }</c> is an object id, and a document with such a field has no form. Here, a field whose name begins with <c>$</c> is
/// written with one more.
/// </remarks>
internal static class ExtendedJson
{
    public const char Mark = '$';

    public const string Int32 = "$numberInt";
    public const string Int64 = "$numberLong";
    public const string Double = "$numberDouble";
    public const string Decimal = "$numberDecimal";
    public const string Date = "$date";
    public const string ObjectId = "$oid";
    public const string Binary = "$binary";
    public const string Base64 = "base64";
    public const string SubType = "subType";
    public const string Regex = "$regularExpression";
    public const string Pattern = "pattern";
    public const string Options = "options";
    public const string Timestamp = "$timestamp";
    public const string Seconds = "t";
    public const string Increment = "i";
    public const string Code = "$code";
    public const string Scope = "$scope";
    public const string Symbol = "$symbol";
    public const string Undefined = "$undefined";
    public const string MinKey = "$minKey";
    public const string MaxKey = "$maxKey";
}
