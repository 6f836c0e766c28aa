using Microsoft.Extensions.Options;

namespace SessionManager.Internal.Events;

/// <summary>
/// The rules that look into the options. Messages name headers, and neither their values nor the address.
/// </summary>
internal sealed class WebhookOptionsCustomValidator : IValidateOptions<WebhookOptions>
{
    public ValidateOptionsResult Validate(string? name, WebhookOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);

        var faults = new ValidateOptionsResultBuilder();
        if (options.Url is { } url && !(url.IsAbsoluteUri && url.Scheme is "https" or "http"))
        {
            faults.AddError($"{name}.{nameof(options.Url)} must be absolute and start with https:// or http://.");
        }

        foreach (var (header, value) in options.Headers ?? new Dictionary<string, string>())
        {
            if (!IsAllowed(header, value))
            {
                faults.AddError($"{name}.{nameof(options.Headers)} has '{header}', which is not a header of requests, is set by the webhook itself or has a value that is not valid.");
            }
        }

        return faults.Build();
    }

    private static bool IsAllowed(string name, string value)
    {
        if (name.StartsWith(WebhookSink.HeaderPrefix, StringComparison.OrdinalIgnoreCase) || value is null || value.AsSpan().ContainsAny('\r', '\n', '\0'))
        {
            return false;
        }

        using var request = new HttpRequestMessage();
        return request.Headers.TryAddWithoutValidation(name, value);
    }
}
