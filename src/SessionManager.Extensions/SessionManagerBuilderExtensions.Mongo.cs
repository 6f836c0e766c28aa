using System.Text.Json;
using SessionManager;

namespace Microsoft.Extensions.DependencyInjection;

// A method whose type argument is written out cannot have the type of the builder inferred, and turns a
// MongoSessionManagerBuilder into an ISessionManagerBuilder, which has no ConfigureClient. So those methods are here once more.
public static partial class SessionManagerBuilderExtensions
{
    /// <inheritdoc cref="AddMetadataHook{THook}(ISessionManagerBuilder, ServiceLifetime)"/>
    public static MongoSessionManagerBuilder AddMetadataHook<THook>(this MongoSessionManagerBuilder builder, ServiceLifetime lifetime = ServiceLifetime.Scoped)
        where THook : class, IMetadataHook =>
        TryAddHook(builder, typeof(IMetadataHook), typeof(THook), lifetime);

    /// <inheritdoc cref="AddFeedbackHook{THook}(ISessionManagerBuilder, ServiceLifetime)"/>
    public static MongoSessionManagerBuilder AddFeedbackHook<THook>(this MongoSessionManagerBuilder builder, ServiceLifetime lifetime = ServiceLifetime.Scoped)
        where THook : class, IFeedbackHook =>
        TryAddHook(builder, typeof(IFeedbackHook), typeof(THook), lifetime);

    /// <inheritdoc cref="AddMetadataValidation{T}(ISessionManagerBuilder, bool, JsonSerializerOptions?)"/>
    public static MongoSessionManagerBuilder AddMetadataValidation<T>(
        this MongoSessionManagerBuilder builder,
        bool allowOtherFields = true,
        JsonSerializerOptions? serializerOptions = null)
        where T : class =>
        AddTypeValidation(builder, typeof(T), allowOtherFields, serializerOptions);

    /// <inheritdoc cref="AddEventDelivery{TSink}(ISessionManagerBuilder, Action{SessionEventDeliveryOptions}?)"/>
    public static MongoSessionManagerBuilder AddEventDelivery<TSink>(
        this MongoSessionManagerBuilder builder,
        Action<SessionEventDeliveryOptions>? configure = null)
        where TSink : class, ISessionEventSink =>
        AddDelivery<MongoSessionManagerBuilder, TSink>(builder, configure);
}
