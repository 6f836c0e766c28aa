using Microsoft.Extensions.Options;

namespace SessionManager.Internal.Storage.InMemory;

/// <summary>
/// The rules for <see cref="InMemorySessionManagerOptions"/>.
/// </summary>
internal sealed class InMemorySessionManagerOptionsValidator : IValidateOptions<InMemorySessionManagerOptions>
{
    /// <inheritdoc/>
    public ValidateOptionsResult Validate(string? name, InMemorySessionManagerOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);

        if (options.RunTerm <= TimeSpan.Zero)
        {
            return ValidateOptionsResult.Fail($"{nameof(options.RunTerm)} is {options.RunTerm}; it must be more than zero.");
        }

        return options.SessionTtl <= TimeSpan.Zero
            ? ValidateOptionsResult.Fail($"{nameof(options.SessionTtl)} is {options.SessionTtl}; it must be more than zero, or null for no end.")
            : ValidateOptionsResult.Success;
    }
}
