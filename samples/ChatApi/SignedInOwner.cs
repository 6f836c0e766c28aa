using System.Security.Claims;
using SessionManager;

namespace ChatApi;

/// <summary>
/// Whoever is signed in owns the sessions of the request. What a route says is an id among the user's own, and no key to anybody else's.
/// </summary>
internal sealed class SignedInOwner(IHttpContextAccessor accessor) : ISessionOwnerProvider
{
    public SessionOwner? GetOwner() =>
        accessor.HttpContext?.User.FindFirstValue(ClaimTypes.NameIdentifier) is { } user ? new SessionOwner { User = user } : null;
}
