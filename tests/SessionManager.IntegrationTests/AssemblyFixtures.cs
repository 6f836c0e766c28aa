[assembly: AssemblyFixture(typeof(MongoServerFixture))]
