using System.Reflection;
using Microsoft.Extensions.Logging;

namespace SessionManager.Internal.Diagnostics;

public sealed class LogTests
{
    [Fact]
    public void EventIds_Always_AreThesePromisedOnes()
    {
        var events = typeof(Log)
            .GetMethods(BindingFlags.Static | BindingFlags.Public)
            .Select(method => method.GetCustomAttribute<LoggerMessageAttribute>())
            .OfType<LoggerMessageAttribute>()
            .OrderBy(log => log.EventId)
            .Select(log => $"{log.EventId} {log.EventName} {log.Level}");

        Assert.Equal(
            [
                "1 AgentInitialized Debug",
                "2 MessageAppended Debug",
                "3 AgentSynced Debug",
                "4 HistoryRepaired Warning",
                "5 IncomingDiffers Warning",
                "6 ReducerFailed Warning",
                "10 ClientOptionsIgnored Warning",
                "20 MessageIdTaken Debug",
                "21 MessageResent Warning",
                "22 MessageIdContested Debug",
                "23 PropertyNotStored Warning",
                "30 InterruptedNotStored Error",
                "32 RunLost Warning",
                "33 RunNotRenewed Warning",
                "34 RunNotReleased Warning",
                "35 RunInterleaved Warning",
                "40 IndexesCreated Information",
                "41 IndexFailed Warning",
                "42 IndexesDelayed Warning",
                "43 IndexesBuilding Information",
                "44 SessionsSwept Information",
                "45 SweepFailed Warning",
                "50 MessageFieldsIgnored Warning",
                "51 AgentFieldsIgnored Warning",
                "60 MetadataAudited Information",
                "61 MetadataAuditFailed Information",
                "62 FeedbackAudited Information",
                "63 FeedbackAuditFailed Information",
                "70 EventDelivered Debug",
                "71 EventRetried Warning",
                "72 EventFailed Error",
                "73 EventsDropped Warning",
                "74 EventsDroppedAtStop Error",
                "75 EventNotCreated Error",
                "80 SessionTitled Debug",
                "81 TitleAttemptFailed Warning",
                "82 TitleDropped Debug",
            ],
            events);
    }
}
