using System.Text.Json;
using Microsoft.Extensions.AI;

namespace SessionManager;

public partial interface ISessionManager
{
    /// <summary>
    /// Sets metadata fields. Other fields stay as they are.
    /// </summary>
    /// <param name="metadata">
    /// The fields to set. Dots in a key lead into nested fields. An empty dictionary changes nothing and sends nothing.
    /// </param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <returns>A task that ends when the server has acknowledged the update.</returns>
    /// <exception cref="ArgumentException">
    /// A key is empty, has an empty segment, a segment with a leading <c>$</c>, a NUL, half of a surrogate pair or more than
    /// 32 segments; a key leads into another one of the same call, or into a stored value that has no fields; or a value is of
    /// a type that cannot be stored. Nothing was written.
    /// </exception>
    /// <exception cref="SessionNotFoundException">The session does not exist.</exception>
    /// <remarks>
    /// <para>Values are stored as the types that a query by MongoDB's own tools would expect, and come back as one type each:</para>
    /// <list type="table">
    /// <listheader><term>Given</term><description>Stored; read back as</description></listheader>
    /// <item><term>null</term><description>null; null</description></item>
    /// <item><term><see cref="string"/>, <see cref="char"/></term><description>string; <see cref="string"/></description></item>
    /// <item><term><see cref="bool"/></term><description>bool; <see cref="bool"/></description></item>
    /// <item>
    /// <term><see cref="sbyte"/>, <see cref="byte"/>, <see cref="short"/>, <see cref="ushort"/>, <see cref="int"/></term>
    /// <description>int; <see cref="int"/></description>
    /// </item>
    /// <item>
    /// <term><see cref="uint"/>, <see cref="long"/>, <see cref="ulong"/> and larger integers</term>
    /// <description>
    /// long; <see cref="long"/>. Beyond its range decimal; <see cref="decimal"/>, or <see cref="string"/> beyond the range of that.
    /// </description>
    /// </item>
    /// <item>
    /// <term><see cref="double"/>, <see cref="float"/>, <see cref="Half"/></term>
    /// <description>double; <see cref="double"/></description>
    /// </item>
    /// <item><term><see cref="decimal"/></term><description>decimal; <see cref="decimal"/></description></item>
    /// <item>
    /// <term><see cref="DateTime"/> (UTC unless its kind is local), <see cref="DateTimeOffset"/></term>
    /// <description>date; <see cref="DateTimeOffset"/> in UTC, with milliseconds</description>
    /// </item>
    /// <item>
    /// <term><see cref="DateOnly"/>, <see cref="TimeOnly"/>, <see cref="TimeSpan"/>, <see cref="Guid"/>, <see cref="Uri"/>, <see cref="Version"/></term>
    /// <description>string; <see cref="string"/></description>
    /// </item>
    /// <item><term>An enum value</term><description>string, its name; <see cref="string"/></description></item>
    /// <item>
    /// <term>Arrays and memory of <see cref="byte"/></term>
    /// <description>binary; an array of <see cref="byte"/></description>
    /// </item>
    /// <item>
    /// <term>Any other sequence</term>
    /// <description>array; <see cref="IReadOnlyList{T}"/> of <see cref="object"/></description>
    /// </item>
    /// <item>
    /// <term>A dictionary with string keys, whatever characters they have</term>
    /// <description>object; <see cref="IReadOnlyDictionary{TKey, TValue}"/> of <see cref="string"/> and <see cref="object"/></description>
    /// </item>
    /// <item>
    /// <term><see cref="JsonElement"/>, <see cref="JsonDocument"/>, <see cref="System.Text.Json.Nodes.JsonNode"/></term>
    /// <description>
    /// The value that it is. A number is an int, a long, a double or a decimal, the first that holds it exactly, or else the
    /// nearest double.
    /// </description>
    /// </item>
    /// <item>
    /// <term>Any other object</term>
    /// <description>
    /// object, with the properties that System.Text.Json serializes, under their camel-cased names, each stored as in this
    /// table; a dictionary. A type with a converter or a type discriminator is stored as its JSON.
    /// </description>
    /// </item>
    /// </list>
    /// <para>
    /// Not stored are delegates, types, streams, tasks, tuples with fields only, strings with half of a surrogate pair,
    /// integers that decimal cannot hold exactly, and values nested more than 64 levels deep.
    /// </para>
    /// </remarks>
    Task UpdateMetadataAsync(IReadOnlyDictionary<string, object?> metadata, CancellationToken cancellationToken = default);

    /// <summary>
    /// Adds to a counter among the metadata, in one atomic step: of additions at the same time, whatever tasks and processes they come
    /// from, each is counted. A field that is not there counts as 0.
    /// </summary>
    /// <param name="key">The field, where dots lead into nested fields.</param>
    /// <param name="amount">
    /// What to add; the default is 1. It may be negative, or 0, by which a field that is not there becomes 0.
    /// </param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <returns>
    /// The value after it, which is stored and read back as a <see cref="long"/>; null when a hook vetoed it, or returned no value.
    /// </returns>
    /// <exception cref="ArgumentException">
    /// The key is not valid, as <see cref="UpdateMetadataAsync"/> says, or leads into a stored value that has no fields; or the field
    /// holds something else than an integer of at most 64 bits, such as a double or null. Nothing was written.
    /// </exception>
    /// <exception cref="OverflowException">The value after it would be beyond the range of a <see cref="long"/>. Nothing was written.</exception>
    /// <exception cref="SessionNotFoundException">The session does not exist.</exception>
    /// <remarks>
    /// In MongoDB a lost connection is made up for by the driver where it retries writes, which needs a replica set or a sharded cluster
    /// (<see href="https://www.mongodb.com/docs/manual/core/retryable-writes/">retryable writes</see>): the amount is added exactly once.
    /// On a standalone server, and where the second attempt fails too, the driver's exception reaches the caller, who cannot know
    /// whether the amount was added.
    /// </remarks>
    Task<long?> IncrementMetadataAsync(string key, long amount = 1, CancellationToken cancellationToken = default);

    /// <summary>
    /// Gets metadata fields.
    /// </summary>
    /// <param name="keys">The fields to get, where dots lead into nested fields, or null for all. No keys give no fields.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <returns>
    /// The fields that exist, under the keys that were asked for and in their order; null when the session does not exist.
    /// </returns>
    /// <exception cref="ArgumentException">A key is not valid.</exception>
    Task<IReadOnlyDictionary<string, object?>?> GetMetadataAsync(
        IReadOnlyCollection<string>? keys = null,
        CancellationToken cancellationToken = default);

    /// <summary>
    /// Gets all metadata as an object, by System.Text.Json.
    /// </summary>
    /// <typeparam name="T">The type of the object.</typeparam>
    /// <param name="serializerOptions">
    /// The JSON options, or null for the web defaults, with enums by name. An object stored by
    /// <see cref="UpdateMetadataAsync"/> is read by the latter.
    /// </param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <returns>The object, or the default of its type when the session does not exist.</returns>
    /// <exception cref="JsonException">The metadata does not fit the type.</exception>
    Task<T?> GetMetadataAsync<T>(JsonSerializerOptions? serializerOptions = null, CancellationToken cancellationToken = default);

    /// <summary>
    /// Removes metadata fields. Fields that do not exist are no error.
    /// </summary>
    /// <param name="keys">
    /// The fields to remove, where dots lead into nested fields. An empty collection changes nothing and sends nothing.
    /// </param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <returns>A task that ends when the server has acknowledged the update.</returns>
    /// <exception cref="ArgumentException">A key is not valid. Nothing was written.</exception>
    /// <exception cref="SessionNotFoundException">The session does not exist.</exception>
    Task DeleteMetadataAsync(IReadOnlyCollection<string> keys, CancellationToken cancellationToken = default);

    /// <summary>
    /// Gets the tool <c>manage_metadata</c>, by which an agent reads and writes the session's metadata itself.
    /// </summary>
    /// <param name="options">What the agent may read and write, or null for everything.</param>
    /// <returns>A tool for <see cref="ChatOptions.Tools"/>. Its calls run through the metadata hooks.</returns>
    /// <exception cref="ArgumentException">A key in <paramref name="options"/> is not valid.</exception>
    /// <remarks>
    /// Whatever goes wrong, but for a cancellation, is an answer to the agent that starts with "Error". With limited keys, a
    /// call that names another key does nothing, and reading everything reads the readable keys under their own names.
    /// </remarks>
    AIFunction GetMetadataTool(MetadataToolOptions? options = null);
}
