using Microsoft.Extensions.Options;
using SessionManager.Internal.Shared;

namespace SessionManager.Internal.Events;

/// <summary>
/// The rules that look at more than one option, or into them.
/// </summary>
internal sealed class SessionEventDeliveryOptionsCustomValidator : IValidateOptions<SessionEventDeliveryOptions>
{
    public ValidateOptionsResult Validate(string? name, SessionEventDeliveryOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);

        var faults = new ValidateOptionsResultBuilder();
        if (options.LongestRetryDelay < options.FirstRetryDelay)
        {
            faults.AddError(
                $"{name}.{nameof(options.LongestRetryDelay)} is {options.LongestRetryDelay} and must not be shorter than {nameof(options.FirstRetryDelay)}, " +
                $"{options.FirstRetryDelay}.");
        }

        foreach (var field in options.DeliveredFields ?? [])
        {
            if (MetadataKeys.FindFault(field) is { } fault)
            {
                faults.AddError($"{name}.{nameof(options.DeliveredFields)} {fault}.");
            }
        }

        return faults.Build();
    }
}
