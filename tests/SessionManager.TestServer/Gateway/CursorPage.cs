namespace SessionManager.TestServer.Gateway;

/// <summary>A batch of a cursor; without a continuation it is the last one.</summary>
internal readonly record struct CursorPage(byte[] Document, byte[]? Continuation, long CursorId);
