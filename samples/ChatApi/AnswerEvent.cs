namespace ChatApi;

/// <summary>A part of an answer. Each event has only the fields of its kind.</summary>
public sealed record AnswerEvent
{
    /// <summary>The next part of the text, of a `text` event.</summary>
    public string? Text { get; init; }

    /// <summary>The id of the stored answer, of the `done` event.</summary>
    public string? MessageId { get; init; }

    /// <summary>The position of the stored answer, of the `done` event.</summary>
    public int? Position { get; init; }

    /// <summary>The tokens that the model was sent in this turn, of the `done` event.</summary>
    public long? InputTokens { get; init; }

    /// <summary>The tokens that the model made in this turn, of the `done` event.</summary>
    public long? OutputTokens { get; init; }

    /// <summary>Why there is no more of the answer, of the `error` event.</summary>
    public string? Error { get; init; }
}
