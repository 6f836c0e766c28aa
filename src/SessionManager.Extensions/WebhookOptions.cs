using System.ComponentModel.DataAnnotations;

namespace SessionManager;

/// <summary>
/// Represents an HTTP endpoint that is told the changes of sessions.
/// </summary>
public sealed class WebhookOptions
{
    /// <summary>
    /// Gets or sets the address that events are posted to.
    /// </summary>
    /// <value>The default is <see langword="null"/>, which is not valid.</value>
    /// <remarks>Absolute, <c>https</c> or <c>http</c>. It is never logged. Redirections are not followed.</remarks>
    [Required]
    public Uri? Url { get; set; }

    /// <summary>
    /// Gets or sets the secret that requests are signed with, by HMAC-SHA256.
    /// </summary>
    /// <value>The default is <see langword="null"/>: requests are not signed.</value>
    /// <remarks>At least 16 characters. It is never logged nor put into a message.</remarks>
    [MinLength(16)]
    public string? Secret { get; set; }

    /// <summary>
    /// Gets or sets further headers, such as an <c>Authorization</c>.
    /// </summary>
    /// <value>The default is an empty dictionary.</value>
    /// <remarks>Names starting with <c>X-SessionManager-</c> and headers of the content are not valid. They are never logged.</remarks>
    [Required]
    public IDictionary<string, string> Headers { get; set; } = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);

    /// <summary>
    /// Gets or sets the time within which the endpoint must answer.
    /// </summary>
    /// <value>The default is 10 seconds.</value>
    /// <remarks>
    /// From 1 millisecond to 1 hour. <see cref="SessionEventDeliveryOptions.AttemptTimeout"/> applies besides it.
    /// </remarks>
    [Range(typeof(TimeSpan), "00:00:00.001", "01:00:00", ParseLimitsInInvariantCulture = true)]
    public TimeSpan Timeout { get; set; } = TimeSpan.FromSeconds(10);
}
