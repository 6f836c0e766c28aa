using System.Buffers;
using System.Text.Json;
using SessionManager.Internal.Shared;

namespace SessionManager.Internal.Events;

/// <summary>
/// The JSON that a webhook is sent.
/// </summary>
internal static class WebhookPayload
{
    // Whatever can be stored can be sent: values of 64 levels, inside of the payload.
    private static readonly JsonSerializerOptions Options = new(TypedMetadata.DefaultOptions) { MaxDepth = 128 };

    public static string GetEventName(SessionEventKind kind) => kind switch
    {
        SessionEventKind.MetadataUpdated => "metadata_updated",
        SessionEventKind.MetadataDeleted => "metadata_deleted",
        SessionEventKind.FeedbackAdded => "feedback_added",
        SessionEventKind.FeedbackDeleted => "feedback_deleted",
        _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, message: null),
    };

    /// <summary>
    /// Writes an event as UTF-8.
    /// </summary>
    /// <exception cref="NotSupportedException">A value has no JSON form.</exception>
    /// <exception cref="JsonException">A value is nested deeper than any that can be stored, as an event of another source may have it.</exception>
    public static ReadOnlyMemory<byte> Write(SessionEvent sessionEvent)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(buffer))
        {
            writer.WriteStartObject();
            writer.WriteString("id", sessionEvent.Id);
            writer.WriteString("event", GetEventName(sessionEvent.Kind));
            writer.WriteString("session_id", sessionEvent.SessionId);
            WriteOwner(writer, sessionEvent.Owner);
            writer.WriteString("timestamp", sessionEvent.Timestamp);
            if (sessionEvent.Metadata is { } metadata)
            {
                writer.WriteStartObject("metadata");
                WriteFields(writer, metadata);
                writer.WriteEndObject();
            }

            if (sessionEvent.DeletedKeys is { } keys)
            {
                writer.WriteStartArray("deleted_keys");
                foreach (var key in keys)
                {
                    writer.WriteStringValue(key);
                }

                writer.WriteEndArray();
            }

            if (sessionEvent.Feedback is { } feedback)
            {
                WriteFeedback(writer, feedback, isDeleted: sessionEvent.Kind == SessionEventKind.FeedbackDeleted);
            }

            writer.WriteEndObject();
        }

        return buffer.WrittenMemory;
    }

    private static void WriteOwner(Utf8JsonWriter writer, SessionOwner owner)
    {
        if (owner.IsNone)
        {
            return;
        }

        writer.WriteStartObject("owner");
        if (owner.Tenant is not null)
        {
            writer.WriteString("tenant", owner.Tenant);
        }

        if (owner.User is not null)
        {
            writer.WriteString("user", owner.User);
        }

        writer.WriteEndObject();
    }

    private static void WriteFeedback(Utf8JsonWriter writer, Feedback feedback, bool isDeleted)
    {
        writer.WriteStartObject("feedback");
        if (feedback.Id is { } id)
        {
            writer.WriteString("id", id);
        }

        // Nothing else is known of what was removed.
        if (isDeleted)
        {
            writer.WriteEndObject();
            return;
        }

        if (feedback.UserId is { } userId)
        {
            writer.WriteString("user", userId);
        }

        writer.WriteString("rating", feedback.Rating switch
        {
            FeedbackRating.Up => "up",
            FeedbackRating.Down => "down",
            _ => null,
        });
        writer.WriteString("comment", feedback.Comment);
        if (feedback.Position is { } position)
        {
            writer.WriteString("agent_id", feedback.AgentId);
            // Under the stored name, as all fields of the payload.
            writer.WriteNumber("message_id", position);
            if (feedback.MessageId is { } messageId)
            {
                writer.WriteString("client_message_id", messageId);
            }
        }

        if (feedback.CreatedAt is { } createdAt)
        {
            writer.WriteString("created_at", createdAt);
        }

        if (feedback.AdditionalProperties.Count > 0)
        {
            writer.WriteStartObject("additional_properties");
            WriteFields(writer, feedback.AdditionalProperties);
            writer.WriteEndObject();
        }

        writer.WriteEndObject();
    }

    private static void WriteFields(Utf8JsonWriter writer, IReadOnlyDictionary<string, object?> fields)
    {
        foreach (var (key, value) in fields)
        {
            writer.WritePropertyName(key);
            JsonSerializer.Serialize(writer, value, value?.GetType() ?? typeof(object), Options);
        }
    }
}
