using System.ComponentModel.DataAnnotations;
using System.Runtime.CompilerServices;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace SessionManager.Internal.Hooks;

/// <summary>
/// Validates metadata by the DataAnnotations of a type whose properties, under their JSON names, are its fields.
/// </summary>
/// <remarks>
/// An update may touch any part of the fields, so each field is validated by itself and not the type as a whole: rules
/// about several fields are none of this.
/// </remarks>
internal sealed class AnnotationValidator(Type type, JsonSerializerOptions serializerOptions, bool allowOtherFields)
{
    public void Validate(MetadataValidationContext context)
    {
        foreach (var (key, value) in context.Metadata)
        {
            if (Find(key, context) is not { } field)
            {
                continue;
            }

            if (context.Action != MetadataAction.Increment)
            {
                ValidateField(key, value, field, context);
            }
            else if (GetAttributes(field).Any(attribute => attribute is not RequiredAttribute))
            {
                context.AddError(key, "This field has rules about its value, which is not known before it is incremented.");
            }
            else
            {
                // Whether it can be a number at all. The amount says nothing about the sum.
                ValidateField(key, 0, field, context);
            }
        }

        foreach (var key in context.DeletedKeys)
        {
            if (Find(key, context) is { } field)
            {
                // The only thing that can be wrong with a field that is not there.
                Apply(key, value: null, GetAttributes(field).OfType<RequiredAttribute>(), context);
            }
        }
    }

    /// <summary>
    /// Finds the property that a key leads to.
    /// </summary>
    private JsonPropertyInfo? Find(string key, MetadataValidationContext context)
    {
        JsonPropertyInfo? found = null;
        var owner = GetObject(type);
        foreach (var segment in key.Split('.'))
        {
            if (owner is null)
            {
                // A field of a type that has no properties of its own, such as a dictionary, may hold anything.
                return null;
            }

            found = owner.Properties.FirstOrDefault(property => IsNamed(property, segment));
            if (found is null)
            {
                if (!allowOtherFields)
                {
                    context.AddError(key, "This field is not known.");
                }

                return null;
            }

            owner = GetObject(found.PropertyType);
        }

        return found;
    }

    private bool IsNamed(JsonPropertyInfo property, string name) => string.Equals(
        property.Name,
        name,
        serializerOptions.PropertyNameCaseInsensitive ? StringComparison.OrdinalIgnoreCase : StringComparison.Ordinal);

    private void ValidateField(string key, object? value, JsonPropertyInfo field, MetadataValidationContext context)
    {
        object? bound;
        try
        {
            bound = JsonSerializer.SerializeToElement(value, serializerOptions).Deserialize(field.PropertyType, serializerOptions);
        }
        catch (Exception exception) when (exception is JsonException or NotSupportedException or InvalidOperationException or ArgumentException)
        {
            // Their messages may quote the value.
            context.AddError(key, $"The value cannot be read as {field.PropertyType.Name}.");
            return;
        }

        Apply(key, bound, GetAttributes(field), context);
        if (bound is not null && GetObject(field.PropertyType) is { } owner)
        {
            ValidateWhole(key, bound, owner, context);
        }
    }

    /// <summary>
    /// Validates a nested object, which an update replaces as a whole.
    /// </summary>
    private void ValidateWhole(string key, object value, JsonTypeInfo owner, MetadataValidationContext context)
    {
        foreach (var property in owner.Properties)
        {
            if (property.Get is null)
            {
                continue;
            }

            var nestedKey = $"{key}.{property.Name}";
            var nested = property.Get(value);
            Apply(nestedKey, nested, GetAttributes(property), context);
            if (nested is not null && GetObject(property.PropertyType) is { } nestedOwner)
            {
                ValidateWhole(nestedKey, nested, nestedOwner, context);
            }
        }
    }

    private void Apply(string key, object? value, IEnumerable<ValidationAttribute> attributes, MetadataValidationContext context)
    {
        // Attributes want to see an object; no field of it is set, since an update need not have them.
        var target = new ValidationContext(RuntimeHelpers.GetUninitializedObject(type)) { MemberName = key, DisplayName = key };
        var results = new List<ValidationResult>();
        if (!Validator.TryValidateValue(value!, target, results, attributes))
        {
            results.ForEach(result => context.AddError(key, result.ErrorMessage ?? "The value is not valid."));
        }
    }

    private JsonTypeInfo? GetObject(Type candidate) =>
        serializerOptions.GetTypeInfo(candidate) is { Kind: JsonTypeInfoKind.Object } info ? info : null;

    private static IEnumerable<ValidationAttribute> GetAttributes(JsonPropertyInfo property) =>
        property.AttributeProvider?.GetCustomAttributes(typeof(ValidationAttribute), inherit: true).Cast<ValidationAttribute>() ?? [];
}
