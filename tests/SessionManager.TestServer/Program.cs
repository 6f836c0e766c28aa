using SessionManager.TestServer;

return await ConsoleProgram.RunAsync(args);
