using SessionManager.Tool;

return await ToolProgram.RunAsync(args);
