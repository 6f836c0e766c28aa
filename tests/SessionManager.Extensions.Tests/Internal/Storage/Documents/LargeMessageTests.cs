using Microsoft.Extensions.AI;
using MongoDB.Bson;
using SessionManager.Testing.Messages;

namespace SessionManager.Internal.Storage.Documents;

public sealed class LargeMessageTests
{
    private readonly ChatMessageCodec _codec = new();

    [Fact]
    public void Encode_Binary_AllocatesTheDocumentOnly()
    {
        var message = new ChatMessage(ChatRole.User, [new DataContent(new byte[15_000_000], "image/png")]);
        _codec.Encode(message);

        var allocated = Allocated(() => _codec.Encode(message));

        Assert.InRange(allocated, 15_000_000, 15_100_000);
    }

    [Fact]
    public void Decode_Binary_AllocatesTheDataOnly()
    {
        var document = _codec.Encode(new ChatMessage(ChatRole.User, [new DataContent(new byte[15_000_000], "image/png")]));
        _codec.Decode(document);

        var allocated = Allocated(() => _codec.Decode(document));

        Assert.InRange(allocated, 15_000_000, 15_100_000);
    }

    [Fact]
    public void Decode_LongText_IsEqual()
    {
        var message = new ChatMessage(ChatRole.Tool,
        [
            new TextContent(string.Concat(Enumerable.Repeat("text 日本語 😀 ", 300_000))),
            new FunctionResultContent("c", new string('x', 3_000_000)),
        ]);

        ChatMessageAssert.Equal(message, _codec.Decode(_codec.Encode(message)));
    }

    [Fact]
    public void Encode_OnManyThreads_KeepsNoMoreThanTheBound()
    {
        const int ThreadCount = 24;
        const long Bound = 64 * 1024 * 1024;
        var message = new ChatMessage(ChatRole.User, new string('a', 5_000_000));
        using var encoded = new CountdownEvent(ThreadCount);
        using var measured = new ManualResetEventSlim();
        var before = GC.GetTotalMemory(forceFullCollection: true);

        // A pool may keep an array for each thread that is alive.
        Thread[] threads = [.. Enumerable.Range(0, ThreadCount).Select(_ => new Thread(() =>
        {
            _codec.Encode(message).Dispose();
            encoded.Signal();
            measured.Wait();
        }))];
        Array.ForEach(threads, thread => thread.Start());
        encoded.Wait(TestContext.Current.CancellationToken);
        var kept = GC.GetTotalMemory(forceFullCollection: true) - before;
        measured.Set();
        Array.ForEach(threads, thread => thread.Join());

        Assert.InRange(kept, long.MinValue, Bound);
    }

    [Fact]
    public void Decode_ManyContents_AreEqual()
    {
        var message = new ChatMessage(
            ChatRole.Assistant,
            [.. Enumerable.Range(0, 3000).Select(i => i % 2 == 0 ? (AIContent)new TextContent($"{i}") : new ErrorContent($"{i}"))]);

        ChatMessageAssert.Equal(message, _codec.Decode(_codec.Encode(message)));
    }

    [Fact]
    public void Decode_DeeplyNestedContents_AreEqual()
    {
        AIContent content = new FunctionCallContent("c", "n", new Dictionary<string, object?> { ["a"] = new List<object?> { 1 } });
        for (var i = 0; i < 20; i++)
        {
            content = new McpServerToolResultContent($"{i}") { Outputs = [content], AdditionalProperties = new() { ["i"] = i } };
        }

        var message = new ChatMessage(ChatRole.Assistant, [content]);

        ChatMessageAssert.Equal(message, _codec.Decode(_codec.Encode(message)));
    }

    [Fact]
    public void Decode_ManyArguments_AreEqual()
    {
        var arguments = Enumerable.Range(0, 5000).ToDictionary(i => $"key.{i}", i => (object?)(i % 3 == 0 ? new[] { $"{i}" } : i));
        var message = new ChatMessage(ChatRole.Assistant, [new FunctionCallContent("c", "n", arguments)]);

        ChatMessageAssert.Equal(message, _codec.Decode(_codec.Encode(message)));
    }

    [Fact]
    public void Encode_SmallText_AllocatesLittleMoreThanTheDocument()
    {
        var message = new ChatMessage(ChatRole.User, new string('x', 1000));
        var size = _codec.Encode(message).ToBson().Length;

        var allocated = Enumerable.Range(0, 100).Min(_ => Allocated(() => _codec.Encode(message)));

        Assert.InRange(allocated, size, size + 1500);
    }

    private static long Allocated(Action action)
    {
        var before = GC.GetAllocatedBytesForCurrentThread();
        action();
        return GC.GetAllocatedBytesForCurrentThread() - before;
    }
}
