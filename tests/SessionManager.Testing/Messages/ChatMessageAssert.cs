using System.Collections;
using System.Reflection;
using System.Text.Json;
using System.Text.Json.Serialization;
using Microsoft.Extensions.AI;

namespace SessionManager.Testing.Messages;

/// <summary>
/// Compares messages by every public property of every content, whatever its type: a property that a later version of
/// the library adds is compared too. Primitives must be of the same type; other values must be the same text of JSON.
/// </summary>
public static class ChatMessageAssert
{
    private static readonly JsonSerializerOptions Options = new(AIJsonUtilities.DefaultOptions)
    {
        MaxDepth = 1000,
        NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
    };

    // Not stored, or computed from properties that are.
    private static readonly HashSet<string> Ignored = ["RawRepresentation", "Base64Data", "ContentForDebuggerDisplay"];

    public static void Equal(ChatMessage expected, ChatMessage actual) => Same("message", expected, actual);

    public static void Equal(AIContent expected, AIContent actual) => SameValue("content", expected, actual);

    private static void Same(string path, object? expected, object? actual)
    {
        switch (expected)
        {
            case DateTimeOffset date:
                Assert.True(actual is DateTimeOffset found && date.EqualsExact(found), $"{path}: expected {date:O}, found {actual:O}");
                break;
            case Exception exception:
                Assert.Equal(exception.Message, Assert.IsAssignableFrom<Exception>(actual).Message);
                break;
            case ReadOnlyMemory<byte> bytes:
                Assert.True(bytes.Span.SequenceEqual(((ReadOnlyMemory<byte>)actual!).Span), $"{path}: other bytes");
                break;
            case IEnumerable<AIAnnotation> or IEnumerable<AnnotatedRegion>:
                SameList(path, (IEnumerable)expected, Assert.IsAssignableFrom<IEnumerable>(actual));
                break;
            case IDictionary<string, object?> map:
                SameMap(path, map, Assert.IsAssignableFrom<IDictionary<string, object?>>(actual));
                break;
            case AIAnnotation or AnnotatedRegion or UsageDetails or ChatRole or ChatMessage:
                SameProperties(path, expected, actual);
                break;
            default:
                SameValue(path, expected, actual);
                break;
        }
    }

    private static void SameValue(string path, object? expected, object? actual)
    {
        switch (expected)
        {
            case null:
                Assert.True(actual is null, $"{path}: expected null, found {actual?.GetType()}");
                break;
            case string or bool or int or long or double or decimal:
                Assert.True(expected.Equals(actual), $"{path}: expected {Show(expected)}, found {Show(actual)}");
                break;
            case AIContent:
                SameProperties(path, expected, actual);
                break;
            case IEnumerable<AIContent> contents:
                SameList(path, contents, Assert.IsAssignableFrom<IEnumerable<AIContent>>(actual));
                break;
            default:
                SameJson(path, expected, actual);
                break;
        }
    }

    private static void SameProperties(string path, object expected, object? actual)
    {
        Assert.True(expected.GetType() == actual?.GetType(), $"{path}: expected {expected.GetType()}, found {actual?.GetType()}");
        foreach (var property in expected.GetType().GetProperties(BindingFlags.Public | BindingFlags.Instance))
        {
            if (!Ignored.Contains(property.Name))
            {
                Action<string, object?, object?> same = property.PropertyType == typeof(object) ? SameValue : Same;
                same($"{path}.{property.Name}", property.GetValue(expected), property.GetValue(actual));
            }
        }
    }

    private static void SameList(string path, IEnumerable expected, IEnumerable actual)
    {
        var (left, right) = (expected.Cast<object?>().ToList(), actual.Cast<object?>().ToList());
        Assert.True(left.Count == right.Count, $"{path}: expected {left.Count} items, found {right.Count}");
        for (var i = 0; i < left.Count; i++)
        {
            Same($"{path}/{i}", left[i], right[i]);
        }
    }

    private static void SameMap(string path, IDictionary<string, object?> expected, IDictionary<string, object?> actual)
    {
        Assert.Equal(expected.Keys, actual.Keys);
        foreach (var (key, value) in expected)
        {
            SameValue($"{path}['{key}']", value, actual[key]);
        }
    }

    private static void SameJson(string path, object expected, object? actual)
    {
        var left = JsonSerializer.Serialize(expected, expected.GetType(), Options);
        var right = JsonSerializer.Serialize(actual, Options);
        Assert.True(left == right, $"{path}: expected {left}, found {right}");
    }

    private static string Show(object? value) => $"{value?.GetType().Name ?? "null"} {JsonSerializer.Serialize(value, Options)}";
}
