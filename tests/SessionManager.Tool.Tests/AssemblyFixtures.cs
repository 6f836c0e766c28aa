using SessionManager.Tool.Tests;

[assembly: AssemblyFixture(typeof(MongoServerFixture))]
[assembly: AssemblyFixture(typeof(InstalledTool))]
