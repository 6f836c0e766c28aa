using System.Text.Json;
using Microsoft.Extensions.AI;

namespace SessionManager.Conformance;

/// <summary>
/// The tool with which a model reads and writes the metadata of its session.
/// </summary>
public abstract class MetadataToolTests(ConformanceFixture fixture) : ConformanceTests(fixture)
{
    [Fact]
    public async Task GetMetadataTool_Declaration_IsWhatModelsKnow()
    {
        var tool = (await CreateAsync()).GetMetadataTool();

        Assert.Equal("manage_metadata", tool.Name);
        Assert.Equal("Manage session metadata with get, set/update, or delete operations.", tool.Description);
        Assert.True(
            JsonElement.DeepEquals(
                JsonElement.Parse("""{"type":"object","properties":{"action":{"type":"string"},"metadata":{"type":"object"},"keys":{"type":"array"}},"required":["action"]}"""),
                tool.JsonSchema),
            tool.JsonSchema.GetRawText());
    }

    [Theory]
    [InlineData("set")]
    [InlineData("UPDATE")]
    public async Task InvokeAsync_SetOrUpdateInAnyCase_SetsTheFields(string action)
    {
        var session = await CreateAsync();

        Assert.Equal(
            "Successfully updated metadata fields: ['a', 'b']",
            await InvokeAsync(session, action, metadata: JsonElement.Parse("""{"a": 1, "b": {"c": "x"}}""")));

        Assert.Equivalent(Map(("a", 1), ("b", Map(("c", "x")))), await session.GetMetadataAsync(cancellationToken: Cancellation), strict: true);
    }

    [Fact]
    public async Task InvokeAsync_JsonInStrings_IsRead()
    {
        var session = await CreateAsync();

        Assert.Equal("Successfully updated metadata fields: ['key']", await InvokeAsync(session, "set", metadata: """{"key":"val"}"""));
        Assert.Equal("Metadata retrieved: {\"key\":\"val\"}", await InvokeAsync(session, "get", keys: """["key"]"""));
        Assert.Equal("Successfully deleted metadata fields: ['key', 'key2']", await InvokeAsync(session, "delete", keys: """["key","key2"]"""));

        Assert.Empty(await session.GetMetadataAsync(cancellationToken: Cancellation) ?? Map(("missing", 1)));
    }

    [Fact]
    public async Task InvokeAsync_Get_AnswersWithWhatIsThere()
    {
        var session = await CreateAsync();
        Assert.Equal("No metadata stored in session", await InvokeAsync(session, "get"));
        await session.UpdateMetadataAsync(Map(("a", "á"), ("b", null)), Cancellation);

        Assert.Equal("All metadata: {\"a\":\"á\",\"b\":null}", await InvokeAsync(session, "get"));
        Assert.Equal("All metadata: {\"a\":\"á\",\"b\":null}", await InvokeAsync(session, "get", keys: new List<object?>()));
        Assert.Equal("Metadata retrieved: {\"a\":\"á\"}", await InvokeAsync(session, "get", keys: new[] { "a", "zz" }));
        Assert.Equal("No metadata found for keys: ['zz', 'q'q']", await InvokeAsync(session, "get", keys: new[] { "zz", "q'q" }));
    }

    [Fact]
    public async Task InvokeAsync_UnknownSession_CreatesItWhenSomethingIsSet()
    {
        var session = Open();

        Assert.Equal("No metadata found for this session", await InvokeAsync(session, "get"));
        Assert.StartsWith("Error managing metadata: ", await InvokeAsync(session, "delete", keys: new[] { "a" }), StringComparison.Ordinal);
        Assert.False(await session.SessionExistsAsync(Cancellation));
        await InvokeAsync(session, "set", metadata: """{"a":1}""");
        Assert.Equivalent(Map(("a", 1)), (await GetInfoAsync()).Metadata, strict: true);
    }

    [Fact]
    public async Task InvokeAsync_BadCalls_AreAnsweredWithTheReason()
    {
        var session = await CreateAsync();

        Assert.Equal("Error: metadata dictionary required for set/update action", await InvokeAsync(session, "set", metadata: "{}"));
        Assert.Equal("Error: keys list required for delete action", await InvokeAsync(session, "delete", keys: "[]"));
        Assert.Equal("Error: Unknown action 'foo'. Use 'get', 'set', 'update', or 'delete'", await InvokeAsync(session, "Foo"));
        Assert.StartsWith("Error: metadata must be a valid JSON, got: nope...", await InvokeAsync(session, "set", metadata: "nope"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task InvokeAsync_JsonScalarForKeys_DeletesNothing()
    {
        // The reference deletes a field for each character (fault 45).
        var session = await CreateAsync();
        await session.UpdateMetadataAsync(Map(("k", 1), ("n", 2)), Cancellation);

        await InvokeAsync(session, "delete", keys: "\"kn\"");

        Assert.Equal(2, (await session.GetMetadataAsync(cancellationToken: Cancellation))?.Count);
    }

    [Fact]
    public async Task InvokeAsync_KeysThatTheOptionsLeaveOut_AreNotTouched()
    {
        var session = await CreateAsync();
        await session.UpdateMetadataAsync(Map(("open", 1), ("secret", "s3cret")), Cancellation);
        var tool = session.GetMetadataTool(new MetadataToolOptions { ReadableKeys = ["open"], WritableKeys = ["open"] });

        await InvokeAsync(tool, "set", metadata: """{"secret": 2}""");
        await InvokeAsync(tool, "delete", keys: """["secret"]""");

        Assert.DoesNotContain("s3cret", await InvokeAsync(tool, "get"), StringComparison.Ordinal);
        Assert.Equal("s3cret", (await session.GetMetadataAsync(["secret"], Cancellation))!["secret"]);
    }

    private static Task<string> InvokeAsync(ISessionManager session, string action, object? metadata = null, object? keys = null) =>
        InvokeAsync(session.GetMetadataTool(), action, metadata, keys);

    private static async Task<string> InvokeAsync(AIFunction tool, string action, object? metadata = null, object? keys = null)
    {
        var arguments = new AIFunctionArguments { ["action"] = action };
        if (metadata is not null)
        {
            arguments["metadata"] = metadata;
        }

        if (keys is not null)
        {
            arguments["keys"] = keys;
        }

        var result = await tool.InvokeAsync(arguments, Cancellation);
        return result as string ?? Assert.IsType<JsonElement>(result).GetString()!;
    }

    private async Task<ISessionManager> CreateAsync()
    {
        var session = Open();
        await session.CreateSessionAsync(Cancellation);
        return session;
    }
}
