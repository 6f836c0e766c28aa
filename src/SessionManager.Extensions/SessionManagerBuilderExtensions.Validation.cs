using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using SessionManager;
using SessionManager.Internal.Hooks;

namespace Microsoft.Extensions.DependencyInjection;

public static partial class SessionManagerBuilderExtensions
{
    /// <summary>
    /// Adds a validation of metadata before it is set or removed. What it refuses is not written, and the caller gets a
    /// <see cref="SessionValidationException"/>.
    /// </summary>
    /// <typeparam name="TBuilder">The type of the builder.</typeparam>
    /// <param name="builder">The registration.</param>
    /// <param name="validate">Tells what is wrong by <see cref="MetadataValidationContext.AddError"/>. It must be thread-safe.</param>
    /// <returns>The builder.</returns>
    /// <exception cref="ArgumentNullException">An argument is null.</exception>
    public static TBuilder AddMetadataValidation<TBuilder>(this TBuilder builder, Action<MetadataValidationContext> validate)
        where TBuilder : ISessionManagerBuilder
    {
        ArgumentNullException.ThrowIfNull(validate);
        return builder.AddMetadataHook(new MetadataValidationHook(validate));
    }

    /// <summary>
    /// Adds a validation of metadata by the DataAnnotations of a type. What it refuses is not written, and the caller gets
    /// a <see cref="SessionValidationException"/>.
    /// </summary>
    /// <typeparam name="T">
    /// The type whose properties, under their JSON names, are the fields. Only the fields that an operation touches are
    /// validated, so that a partial update passes although other required fields are not in it; a required field cannot
    /// be removed. Objects inside are validated too, elements of lists are not, and neither is <c>IValidatableObject</c>. A field with
    /// rules about its value, such as a range, cannot be incremented, since the value is not known before.
    /// </typeparam>
    /// <param name="builder">The registration.</param>
    /// <param name="allowOtherFields">Whether fields that the type does not have may be set and removed. The default is true.</param>
    /// <param name="serializerOptions">The JSON options that values are bound with, or null for those of the web defaults. They cannot be changed afterwards.</param>
    /// <returns>The builder.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="builder"/> is null.</exception>
    /// <exception cref="ArgumentException"><typeparamref name="T"/> has no properties for System.Text.Json.</exception>
    public static ISessionManagerBuilder AddMetadataValidation<T>(
        this ISessionManagerBuilder builder,
        bool allowOtherFields = true,
        JsonSerializerOptions? serializerOptions = null)
        where T : class =>
        AddTypeValidation(builder, typeof(T), allowOtherFields, serializerOptions);

    /// <summary>
    /// Adds a validation of feedback before it is added. What it refuses is not written, and the caller gets a
    /// <see cref="SessionValidationException"/>.
    /// </summary>
    /// <typeparam name="TBuilder">The type of the builder.</typeparam>
    /// <param name="builder">The registration.</param>
    /// <param name="validate">Tells what is wrong by <see cref="FeedbackValidationContext.AddError"/>. It must be thread-safe.</param>
    /// <returns>The builder.</returns>
    /// <exception cref="ArgumentNullException">An argument is null.</exception>
    public static TBuilder AddFeedbackValidation<TBuilder>(this TBuilder builder, Action<FeedbackValidationContext> validate)
        where TBuilder : ISessionManagerBuilder
    {
        ArgumentNullException.ThrowIfNull(validate);
        return builder.AddFeedbackHook(new FeedbackValidationHook(validate));
    }

    private static TBuilder AddTypeValidation<TBuilder>(TBuilder builder, Type type, bool allowOtherFields, JsonSerializerOptions? serializerOptions)
        where TBuilder : ISessionManagerBuilder
    {
        ArgumentNullException.ThrowIfNull(builder);
        serializerOptions ??= JsonSerializerOptions.Web;
        serializerOptions.MakeReadOnly(populateMissingResolver: true);
        if (type.IsAbstract || serializerOptions.GetTypeInfo(type).Kind != JsonTypeInfoKind.Object)
        {
            throw new ArgumentException($"{type.Name} is not a class whose properties can be the fields of metadata.");
        }

        return builder.AddMetadataValidation(new AnnotationValidator(type, serializerOptions, allowOtherFields).Validate);
    }
}
