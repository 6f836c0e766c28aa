using Microsoft.Extensions.AI;

namespace SessionManager.Internal.Storage.Documents.Contents;

internal sealed partial record ContentType
{
    private const string AdditionalCounts = "additionalCounts";

    private static ContentType[] Plain =>
    [
        For("aiContent", (_, _) => { }, _ => new AIContent()),
        For<DataContent>(
            "data",
            (writer, content) =>
            {
                writer.Text(MessageNames.MediaType, content.MediaType);
                writer.Text(MessageNames.Name, content.Name);
                writer.Bytes(MessageNames.Data, content.Data);
            },
            fields => (fields.Get<byte[]>(MessageNames.Data), fields.Text(MessageNames.MediaType))
                is ({ } data, { } mediaType)
                ? new DataContent(data, mediaType) { Name = fields.Text(MessageNames.Name) }
                : null,
            ContentField.Bytes(MessageNames.Data)),
        For<UriContent>(
            "uri",
            (writer, content) =>
            {
                writer.Text("uri", content.Uri.OriginalString);
                writer.Text(MessageNames.MediaType, content.MediaType);
            },
            fields => (fields.Uri("uri"), fields.Text(MessageNames.MediaType)) is ({ } uri, { } mediaType)
                ? new UriContent(uri, mediaType)
                : null),
        For<ErrorContent>(
            "error",
            (writer, content) =>
            {
                writer.Text("message", content.Message);
                writer.Text("errorCode", content.ErrorCode);
                writer.Text("details", content.Details);
            },
            fields => new ErrorContent(fields.Text("message"))
            {
                ErrorCode = fields.Text("errorCode"),
                Details = fields.Text("details"),
            }),
        For<HostedFileContent>(
            "hostedFile",
            (writer, content) =>
            {
                writer.Text("fileId", content.FileId);
                writer.Text(MessageNames.MediaType, content.MediaType);
                writer.Text(MessageNames.Name, content.Name);
                writer.Number("sizeInBytes", content.SizeInBytes);
                writer.Date(MessageNames.CreatedAt, content.CreatedAt);
                writer.Text("purpose", content.Purpose);
                writer.Text("scope", content.Scope);
            },
            fields => fields.Text("fileId") is not { } fileId ? null : new HostedFileContent(fileId)
            {
                MediaType = fields.Text(MessageNames.MediaType),
                Name = fields.Text(MessageNames.Name),
                SizeInBytes = fields.Number("sizeInBytes"),
                CreatedAt = fields.Date(MessageNames.CreatedAt),
                Purpose = fields.Text("purpose"),
                Scope = fields.Text("scope"),
            }),
        For<HostedVectorStoreContent>(
            "hostedVectorStore",
            (writer, content) => writer.Text("vectorStoreId", content.VectorStoreId),
            fields => fields.Text("vectorStoreId") is { } id ? new HostedVectorStoreContent(id) : null),
        For<UsageContent>(
            "usage",
            (writer, content) => WriteUsage(writer, content.Details),
            fields => new UsageContent(ReadUsage(fields)),
            ContentField.Properties(AdditionalCounts)),
    ];

    private static void WriteUsage(ContentWriter writer, UsageDetails usage)
    {
        writer.Number("inputTokenCount", usage.InputTokenCount);
        writer.Number("outputTokenCount", usage.OutputTokenCount);
        writer.Number("totalTokenCount", usage.TotalTokenCount);
        writer.Number("cachedInputTokenCount", usage.CachedInputTokenCount);
        writer.Number("reasoningTokenCount", usage.ReasoningTokenCount);
        writer.Number("inputAudioTokenCount", usage.InputAudioTokenCount);
        writer.Number("inputTextTokenCount", usage.InputTextTokenCount);
        writer.Number("outputAudioTokenCount", usage.OutputAudioTokenCount);
        writer.Number("outputTextTokenCount", usage.OutputTextTokenCount);
        writer.Map(
            AdditionalCounts,
            usage.AdditionalCounts?.Select(count => KeyValuePair.Create(count.Key, (object?)count.Value)));
    }

    private static UsageDetails ReadUsage(ContentFields fields) => new()
    {
        InputTokenCount = fields.Number("inputTokenCount"),
        OutputTokenCount = fields.Number("outputTokenCount"),
        TotalTokenCount = fields.Number("totalTokenCount"),
        CachedInputTokenCount = fields.Number("cachedInputTokenCount"),
        ReasoningTokenCount = fields.Number("reasoningTokenCount"),
        InputAudioTokenCount = fields.Number("inputAudioTokenCount"),
        InputTextTokenCount = fields.Number("inputTextTokenCount"),
        OutputAudioTokenCount = fields.Number("outputAudioTokenCount"),
        OutputTextTokenCount = fields.Number("outputTextTokenCount"),
        AdditionalCounts = fields.Counts(AdditionalCounts),
    };
}
