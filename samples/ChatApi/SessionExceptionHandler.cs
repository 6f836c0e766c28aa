using Microsoft.AspNetCore.Diagnostics;
using MongoDB.Driver;
using SessionManager;

namespace ChatApi;

/// <summary>
/// Answers what sessions throw with the status code that says so, and tells the client nothing about the server.
/// </summary>
internal sealed class SessionExceptionHandler(IProblemDetailsService problems, ILogger<SessionExceptionHandler> logger) : IExceptionHandler
{
    public async ValueTask<bool> TryHandleAsync(HttpContext httpContext, Exception exception, CancellationToken cancellationToken)
    {
        (int Status, string? Detail)? answer = exception switch
        {
            SessionOwnerRequiredException => (StatusCodes.Status401Unauthorized, null),
            SessionNotFoundException or AgentNotFoundException or MessageNotFoundException => (StatusCodes.Status404NotFound, exception.Message),
            SessionBusyException or SessionRunLostException => (StatusCodes.Status409Conflict, exception.Message),
            UnsupportedSessionException => (StatusCodes.Status409Conflict, exception.Message),
            MessageTooLargeException => (StatusCodes.Status413PayloadTooLarge, exception.Message),
            SessionValidationException or ArgumentException => (StatusCodes.Status400BadRequest, exception.Message),
            BadHttpRequestException bad => (bad.StatusCode, "The request cannot be read."),
            MongoException or TimeoutException => (StatusCodes.Status503ServiceUnavailable, null),
            _ => null,
        };
        if (answer is not var (status, detail))
        {
            return false;
        }

        if (status == StatusCodes.Status503ServiceUnavailable)
        {
            logger.LogError(exception, "Sessions cannot be reached.");
        }

        httpContext.Response.StatusCode = status;
        return await problems.TryWriteAsync(new ProblemDetailsContext
        {
            HttpContext = httpContext,
            ProblemDetails = { Status = status, Detail = detail },
        });
    }
}
