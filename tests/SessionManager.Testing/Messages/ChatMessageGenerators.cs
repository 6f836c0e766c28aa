using System.Text.Json;
using System.Text.Json.Nodes;
using FsCheck;
using FsCheck.Fluent;
using Microsoft.Extensions.AI;

namespace SessionManager.Testing.Messages;

/// <summary>Generates messages with every type of content, and with the values that storage gets wrong.</summary>
public static class ChatMessageGenerators
{
    private static readonly string[] NumberTexts =
    [
        "0", "-0", "0.0", "-0.0", "1.10", "1e2", "2147483647", "2147483648", "-2147483649", "9223372036854775807",
        "9223372036854775808", "18446744073709551616", "0.1", "1.0", "100.00", "1E2", "1E+16", "1e-7", "0.00000000000000000010", "1e400", "-1e-400", "1.7976931348623157e308", "5e-324",
        "79228162514264337593543950335", "1234567890123456789012345678901234", "12345678901234567890123456789012345",
        "0.1234567890123456789012345678901234567", "3.141592653589793238",
    ];

    private static readonly string[] ObjectTexts =
    [
        "{}", "[]", "[[],{}]", """{"$date":"x"}""", """{"$oid":"1"}""", """{"a.b":{"$set":1},"":null,"%":"%json"}""",
        """{"a":1,"a":2}""", """[1,"two",3.5,true,null,{"nested":[{"deep":"x"}]}]""", """{"%json":"[1]"}""", """{"_id":5}""",
    ];

    private static readonly string[] Keys =
        ["key", "", "a.b", "$date", "%", "50%", "%2E", "nul\0", "\ud800", "emoji 😀", "_id", "type", "index", "role"];

    /// <summary>Text, in which surrogates are paired.</summary>
    public static Gen<string> ValidText { get; } = Gen.OneOf(
        Gen.Elements("", "hello", "line\nbreak\t\"quoted\" \\", "nul\0nul", "日本語 😀", "{\"a\":1}", "%json", "\ufffd", "\u2028"),
        Gen.Choose(0, 400).Select(length => new string('x', length * length / 50)),
        Gen.Choose(1, 0xD7FF).Select(c => ((char)c).ToString()).ListOf().Select(string.Concat));

    /// <summary>Any string, lone surrogates included.</summary>
    public static Gen<string> AnyText { get; } = Gen.Frequency(
        (5, ValidText), (1, Gen.Elements("\ud800", "a\udc00b", "\udc00\ud800", "😀\ud83d", "\"\ud800\"")));

    public static Gen<object?> Scalar { get; } = Gen.OneOf(
        Gen.Constant<object?>(null),
        Gen.Elements<object?>(true, false),
        Gen.Elements<object?>(0, -1, int.MaxValue, int.MinValue, 0L, 7L, long.MaxValue, long.MinValue, 1L << 32),
        Gen.Elements<object?>(0.0, -0.0, 0.1, 1e300, double.MaxValue, double.Epsilon, double.NaN, double.NegativeInfinity),
        Gen.Elements<object?>(0m, 1.10m, -0.0m, decimal.MaxValue, decimal.MinValue, 0.0000000000000000000000000001m),
        ValidText.Select(text => (object?)text),
        Gen.Elements<object?>(
            (byte)1, (short)-2, 3u, ulong.MaxValue, 0.1f, float.MaxValue, 'c', DayOfWeek.Friday, new Guid("00112233445566778899aabbccddeeff"),
            new DateTime(2024, 2, 29, 12, 0, 0, DateTimeKind.Utc).AddTicks(1), new DateTimeOffset(2024, 1, 1, 0, 0, 0, TimeSpan.FromHours(5.5)),
            TimeSpan.FromTicks(123456789), DateOnly.MaxValue, new Uri("https://example.com/a?b=c"), new byte[] { 0, 255, 128 }),
        Gen.Elements(NumberTexts).Select(text => (object?)JsonElement.Parse(text)),
        Gen.Elements("null", "true", "\"text\"", "\"\\u0000\\ud83d\\ude00\"").Select(text => (object?)JsonElement.Parse(text)));

    public static Gen<object?> Value { get; } = Gen.Sized(size => ValueOf(Math.Min(size, 3)));

    public static Gen<ChatMessage> Message { get; } =
        from role in Gen.Elements("user", "assistant", "tool", "system", "developer", "User", "ASSISTANT", "😀")
        from contents in ListOf(Content(2))
        from author in AnyText.OrNull()
        from id in AnyText.OrNull()
        from created in Date
        from properties in Properties
        select new ChatMessage(new ChatRole(role), contents)
        {
            AuthorName = author,
            MessageId = id,
            CreatedAt = created,
            AdditionalProperties = properties,
        };

    private static Gen<DateTimeOffset?> Date => Gen.Elements<DateTimeOffset?>(
        null, DateTimeOffset.MinValue, DateTimeOffset.MaxValue, new DateTimeOffset(2024, 6, 1, 1, 2, 3, TimeSpan.FromHours(-7)).AddTicks(1234567));

    private static Gen<Dictionary<string, object?>> Map
        => from keys in ListOf(Gen.Elements(Keys))
           from values in Gen.ListOf(Value, keys.Count)
           select keys.Zip(values).DistinctBy(pair => pair.First).ToDictionary(pair => pair.First, pair => pair.Second);

    private static Gen<AdditionalPropertiesDictionary?> Properties => Gen.Frequency(
        (3, Gen.Constant<AdditionalPropertiesDictionary?>(null)),
        (1, Map.Select(map => (AdditionalPropertiesDictionary?)new AdditionalPropertiesDictionary(map))));

    private static Gen<List<AIAnnotation>?> Annotations => Gen.Frequency(
        (3, Gen.Constant<List<AIAnnotation>?>(null)), (1, ListOf(Annotation).Select(list => (List<AIAnnotation>?)list)));

    private static Gen<AIAnnotation> Annotation
        => from text in AnyText.OrNull()
           from properties in Properties
           from start in Gen.Elements<int?>(null, 0, int.MaxValue)
           from kind in Gen.Choose(0, 3)
           select Annotated(kind, text, properties, start);

    public static Gen<AIContent> Content(int depth)
        => from content in depth > 0 ? Gen.Frequency((4, Leaf), (1, Tool(depth - 1))) : Leaf
           from annotations in Annotations
           from properties in Properties
           select With(content, annotations, properties);

    private static Gen<AIContent> Leaf => Gen.OneOf(
        AnyText.Select(AIContent (text) => new TextContent(text)),
        from text in AnyText
        from signature in AnyText.OrNull()
        select (AIContent)new TextReasoningContent(text) { ProtectedData = signature },
        from mediaType in Gen.Elements(
            "image/png", "IMAGE/JPEG", "image/jpg", "image/webp; q=1", "video/mp4", "video/3gpp", "application/pdf", "text/plain;charset=utf-8",
            "text/markdown", "audio/wav", "application/octet-stream", "application/json")
        from bytes in Gen.Choose(0, 255).Select(b => (byte)b).ArrayOf()
        from name in Gen.Elements(null, "", " ", "report.pdf", "plain name", "a\ud800")
        select (AIContent)new DataContent(bytes, mediaType) { Name = name },
        from uri in Gen.Elements("https://example.com/%20?q=ü", "s3://bucket/key", "relative/path")
        from mediaType in Gen.Elements("image/*", "text/html")
        select (AIContent)new UriContent(new Uri(uri, UriKind.RelativeOrAbsolute), mediaType),
        from text in AnyText
        from detail in AnyText.OrNull()
        select (AIContent)new ErrorContent(text) { ErrorCode = detail, Details = detail },
        from count in Gen.Elements<long?>(null, 0, 17, long.MaxValue)
        from hasMore in Gen.Elements(true, false)
        select (AIContent)new UsageContent(Usage(count, hasMore)),
        from text in AnyText.OrNull()
        from date in Date
        select (AIContent)new HostedFileContent("file-1")
        {
            Name = text,
            MediaType = text is null ? null : "text/csv",
            CreatedAt = date,
            SizeInBytes = text?.Length,
            Purpose = text,
            Scope = text,
        },
        Gen.Constant<AIContent>(new HostedVectorStoreContent("store-1")).Select(_ => (AIContent)new HostedVectorStoreContent("store-1")),
        Gen.Constant(0).Select(AIContent (_) => new AIContent()));

    private static Gen<AIContent> Tool(int depth) => Gen.OneOf(
        Call.Select(AIContent (call) => call),
        from id in AnyText
        from result in Gen.OneOf(
            Value,
            Content(depth).Select(object? (content) => content),
            ListOf(Content(depth)).Select(object? (list) => list))
        from error in AnyText.OrNull()
        select (AIContent)new FunctionResultContent(id, result) { Exception = error is null ? null : new InvalidOperationException(error) },
        from id in AnyText
        from outputs in ListOf(Content(depth))
        from hasOutputs in Gen.Elements(true, false)
        from kind in Gen.Choose(0, 6)
        select (AIContent)Result(kind, id, hasOutputs ? outputs : null),
        from id in AnyText
        from call in Gen.OneOf(Call, OtherCall(depth))
        from flag in Gen.Elements(true, false)
        from reason in AnyText.OrNull()
        from kind in Gen.Elements(true, false)
        select kind
            ? (AIContent)new ToolApprovalRequestContent("r" + id, call) { RequiresConfirmation = flag }
            : new ToolApprovalResponseContent("r" + id, flag, call) { Reason = reason },
        OtherCall(depth).Select(AIContent (call) => call));

    private static Gen<ToolCallContent> Call
        => from id in AnyText
           from name in AnyText
           from arguments in Map
           from hasArguments in Gen.Frequency((4, Gen.Constant(true)), (1, Gen.Constant(false)))
           from flag in Gen.Elements(true, false)
           from error in AnyText.OrNull()
           select (ToolCallContent)new FunctionCallContent(id, name, hasArguments ? arguments : null)
           {
               InformationalOnly = flag,
               Exception = error is null ? null : new InvalidOperationException(error),
           };

    private static Gen<ToolCallContent> OtherCall(int depth)
        => from id in AnyText
           from text in AnyText.OrNull()
           from arguments in Map
           from inputs in ListOf(depth > 0 ? Content(depth - 1) : Leaf)
           from kind in Gen.Choose(0, 5)
           select kind switch
           {
               0 => new ToolCallContent(id),
               1 => new ImageGenerationToolCallContent(id),
               2 => new CodeInterpreterToolCallContent(id) { Inputs = text is null ? null : inputs },
               3 => new WebSearchToolCallContent(id) { Queries = text is null ? null : [text, "second"] },
               4 => new McpServerToolCallContent("c" + id, "tool", text),
               _ => new McpServerToolCallContent("c" + id, "t" + text, "server") { Arguments = arguments },
           };

    private static ToolResultContent Result(int kind, string id, List<AIContent>? outputs) => kind switch
    {
        0 => new ToolResultContent(id),
        1 => new ImageGenerationToolResultContent(id) { Outputs = outputs },
        2 => new CodeInterpreterToolResultContent(id) { Outputs = outputs },
        3 => new WebSearchToolResultContent(id) { Outputs = outputs },
        _ => new McpServerToolResultContent("c" + id) { Outputs = outputs },
    };

    private static AIAnnotation Annotated(int kind, string? text, AdditionalPropertiesDictionary? properties, int? start)
    {
        var annotation = kind == 0 ? new AIAnnotation() : new CitationAnnotation
        {
            Title = text,
            Url = kind == 1 ? null : new Uri("https://example.com/ü"),
            FileId = text,
            ToolName = text,
            Snippet = text,
        };
        annotation.AdditionalProperties = properties;
        annotation.AnnotatedRegions = kind switch
        {
            1 => null,
            2 => [],
            _ => [new TextSpanAnnotatedRegion { StartIndex = start, EndIndex = 9 }, new AnnotatedRegion()],
        };
        return annotation;
    }

    private static UsageDetails Usage(long? count, bool hasMore) => new()
    {
        InputTokenCount = count,
        OutputTokenCount = 2,
        TotalTokenCount = count,
        CachedInputTokenCount = hasMore ? 3 : null,
        ReasoningTokenCount = count,
        InputAudioTokenCount = hasMore ? 4 : null,
        InputTextTokenCount = count,
        OutputAudioTokenCount = hasMore ? 5 : null,
        OutputTextTokenCount = count,
        AdditionalCounts = hasMore ? new() { ["cache.write"] = long.MaxValue, ["$"] = 0 } : null,
    };

    private static Gen<object?> ValueOf(int depth)
    {
        if (depth <= 0)
        {
            return Scalar;
        }

        var inner = ValueOf(depth - 1);
        var keys = Gen.Elements(Keys.Where(key => key != "\ud800").ToArray());
        return Gen.Frequency(
            (6, Scalar),
            (1, Gen.Elements(ObjectTexts).Select(text => (object?)JsonElement.Parse(text))),
            (1, Gen.Elements(ObjectTexts).Select(text => (object?)JsonNode.Parse(text))),
            (1, ListOf(inner).Select(object? (list) => list)),
            (1, ListOf(inner).Select(object? (list) => list.ToArray())),
            (1, from key in keys from value in inner select (object?)new Dictionary<string, object?> { [key] = value }),
            (1, ValidText.Select(object? (text) => new { text, when = DateTimeOffset.UnixEpoch, list = new[] { text } })));
    }

    private static AIContent With(AIContent content, List<AIAnnotation>? annotations, AdditionalPropertiesDictionary? properties)
    {
        content.Annotations = annotations;
        content.AdditionalProperties = properties;
        return content;
    }

    private static Gen<List<T>> ListOf<T>(Gen<T> item) => Gen.Choose(0, 3).SelectMany(count => Gen.ListOf(item, count).Select(list => list.ToList()));
}
