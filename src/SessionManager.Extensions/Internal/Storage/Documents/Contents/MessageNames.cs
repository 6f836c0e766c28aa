using SessionManager.Internal.Storage.Documents.Values;

namespace SessionManager.Internal.Storage.Documents.Contents;

/// <summary>Element names inside a stored message.</summary>
internal static class MessageNames
{
    public const string Role = "role";
    public const string Content = "content";
    public const string Metadata = "metadata";
    public const string Custom = "custom";

    public const string User = "user";
    public const string Assistant = "assistant";

    // Blocks of the Converse format.
    public const string Text = "text";
    public const string ReasoningContent = "reasoningContent";
    public const string ReasoningText = "reasoningText";
    public const string Signature = "signature";
    public const string ToolUse = "toolUse";
    public const string ToolUseId = "toolUseId";
    public const string Name = "name";
    public const string Input = "input";
    public const string ToolResult = "toolResult";
    public const string Status = "status";
    public const string Success = "success";
    public const string Error = "error";
    public const string Json = "json";
    public const string Image = "image";
    public const string Video = "video";
    public const string Document = "document";
    public const string Format = "format";
    public const string Source = "source";
    public const string Bytes = "bytes";

    // Below metadata.custom, where the Converse format has no place.
    public const string AuthorName = "authorName";
    public const string MessageId = "messageId";
    public const string CreatedAt = "createdAt";
    public const string AdditionalProperties = "additionalProperties";
    public const string Contents = "contents";
    public const string Index = "index";
    public const string Type = "type";
    public const string Value = "value";
    public const string Annotations = "annotations";
    public const string Regions = "regions";
    public const string ExactText = "exactText";
    public const string ExactSignature = "exactSignature";
    public const string ExactId = "exactId";
    public const string ExactName = "exactName";
    public const string Arguments = "arguments";
    public const string InformationalOnly = "informationalOnly";
    public const string Exception = "exception";
    public const string ResultType = "resultType";
    public const string SingleContent = "content";
    public const string ListOfContents = "contents";
    public const string MediaType = "mediaType";
    public const string Data = "data";

    /// <summary>Decodes the names that occur in most messages without allocating.</summary>
    public static NameTable Table { get; } = new(
        Role, Content, Metadata, Custom, Text, ReasoningContent, ReasoningText, Signature, ToolUse, ToolUseId, Name,
        Input, ToolResult, Status, Json, Image, Video, Document, Format, Source, Bytes, AuthorName, MessageId,
        CreatedAt, AdditionalProperties, Contents, Index, Type, Value, Annotations, Exception, ResultType, MediaType, Data);
}
