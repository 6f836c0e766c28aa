using Microsoft.Extensions.AI;
using Microsoft.Extensions.DependencyInjection;
using MongoDB.Driver;
using SessionManager;
using SessionManager.TestProcess;

// A second process for the integration tests. Its arguments are the connection string, the database, and for how many seconds a run lives
// without a sign of life. Each line of standard input is a command; each is answered with one line.
//   initialize SESSION AGENT TEXT...   adds the agent with the texts as its first messages
//   append SESSION AGENT TEXT          appends one message
//   ask SESSION AGENT model|tool inside|outside streaming|whole
//                                      asks a model through a pipeline, tells when it is in the model or tool, and stays there
//   book SESSION AGENT TEXT wait|fail|takeover [MILLISECONDS]
//                                      asks a model through a pipeline, which answers with what it was sent; with a time, tells when it is
//                                      in the model, and answers then
//   say SESSION AGENT TEXT TENANT USER
//                                      asks a model through a pipeline in the session of an owner, and tells how it ended
//   erase TENANT USER                  erases an owner, and tells the id of the receipt
//   assign SESSION TENANT USER         gives the session, which nobody owns, to an owner
//   fork SESSION AGENT TARGET          copies the session
//   import SESSION AGENT PATH          imports a file
//   feedback SESSION USER|- TEXT [AGENT]
//                                      adds feedback, of a user or of nobody, on the session or on the first message of an agent, and tells its id
//   feedbacks SESSION USER|- TEXT COUNT
//                                      adds so many, some at once, of as many users or of nobody, and tells of each when it is acknowledged
//   stop SESSION AGENT                 asks the run that goes on to stop
//   pay SESSION AGENT pipeline|agent    asks for something that a tool does which needs approval
//   click SESSION AGENT pipeline|agent [stays]
//                                      approves it; with "stays", tells when it is in the tool, and again when it is done
var services = new ServiceCollection();
services.AddMongoSessionManager(options =>
{
    options.ConnectionString = args[0];
    options.DatabaseName = args[1];
    options.RunTerm = TimeSpan.FromSeconds(int.Parse(args[2], provider: null));
});

await using var provider = services.BuildServiceProvider();
var factory = provider.GetRequiredService<ISessionManagerFactory>();
using var client = new MongoClient(args[0]);
var database = client.GetDatabase(args[1]);
var sessions = new Dictionary<string, ISessionManager>(StringComparer.Ordinal);

Console.WriteLine("ready");
while (Console.ReadLine() is { } line)
{
    var words = line.Split(' ');
    if (!sessions.TryGetValue(words[1], out var session))
    {
        sessions[words[1]] = session = factory.Create(words[1]);
    }

    var agent = new SessionAgent(words[2]);
    switch (words[0])
    {
        case "initialize":
            foreach (var text in words[3..])
            {
                agent.Messages.Add(new ChatMessage(ChatRole.Assistant, text));
            }

            var result = await session.InitializeAsync(agent);
            Console.WriteLine($"{result.IsNewAgent} {string.Join(' ', agent.Messages.Select(message => message.Text))}");
            break;
        case "append":
            Console.WriteLine(await session.AppendMessageAsync(new ChatMessage(ChatRole.User, words[3]), agent));
            break;
        case "ask":
            await StuckRun.StartAsync(provider, words);
            break;
        case "book":
            Console.WriteLine(await new Booking(provider, words).AskAsync());
            break;
        case "fork":
            Console.WriteLine(await session.ForkAsync(words[3]));
            break;
        case "say":
            Console.WriteLine(await new Saying(provider, words).AskAsync());
            break;
        case "erase":
            var receipt = await provider.GetRequiredService<SessionCatalog>().EraseAsync(new SessionOwner { Tenant = words[1], User = words[2] });
            Console.WriteLine(receipt.Id);
            break;
        case "assign":
            await provider.GetRequiredService<SessionCatalog>().AssignAsync(new SessionKey(SessionOwner.None, words[1]), new SessionOwner { Tenant = words[2], User = words[3] });
            Console.WriteLine("assigned");
            break;
        case "import":
            await using (var file = File.OpenRead(words[3]))
            {
                Console.WriteLine((await provider.GetRequiredService<SessionCatalog>().ImportAsync(file)).SessionCount);
            }

            break;
        case "feedback":
            Console.WriteLine(await new Rating(session, words).AddAsync());
            break;
        case "feedbacks":
            await new Rating(session, words).AddManyAsync();
            break;
        case "stop":
            Console.WriteLine(await session.RequestStopAsync(agent.AgentId));
            break;
        case "pay":
            Console.WriteLine(await CreateApprovalRun(words).AskAsync());
            break;
        case "click":
            Console.WriteLine(await CreateApprovalRun(words).ClickAsync());
            break;
        default:
            throw new InvalidOperationException($"Unknown command {words[0]}.");
    }
}

ApprovalRun CreateApprovalRun(string[] words) => new(provider, database, words);
