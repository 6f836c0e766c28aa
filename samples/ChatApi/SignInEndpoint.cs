using System.Security.Claims;
using Microsoft.AspNetCore.Authentication.Cookies;
using Microsoft.AspNetCore.Http.HttpResults;

namespace ChatApi;

/// <summary>
/// Signs anybody in as whoever they say they are: for trying it out, in development only. An application has a scheme of its own in its place.
/// </summary>
internal static class SignInEndpoint
{
    public static SignInHttpResult Post(SignInRequest request)
    {
        var identity = new ClaimsIdentity([new Claim(ClaimTypes.NameIdentifier, request.User)], CookieAuthenticationDefaults.AuthenticationScheme);
        return TypedResults.SignIn(new ClaimsPrincipal(identity));
    }
}
