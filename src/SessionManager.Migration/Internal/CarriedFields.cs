using MongoDB.Bson;

namespace SessionManager.Internal;

/// <summary>
/// Fields of Python's, or of its callers', that are carried over as they are.
/// </summary>
internal static class CarriedFields
{
    /// <summary>
    /// Adds a field under its name; with <c>python_</c> before it where the name means something else here, or is taken: another
    /// writer may have stored one twice.
    /// </summary>
    public static void Add(BsonDocument target, IReadOnlySet<string> reserved, string name, BsonValue value)
    {
        while (reserved.Contains(name) || target.Contains(name))
        {
            name = Names.PythonPrefix + name;
        }

        target.Add(name, value);
    }
}
