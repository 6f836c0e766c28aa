using System.ComponentModel;
using Microsoft.Extensions.AI;

namespace WorkerSample;

/// <summary>
/// The tools of the support agent.
/// </summary>
internal static class OrderDesk
{
    public static IList<AITool> Tools { get; } =
    [
        AIFunctionFactory.Create(GetOrder, "get_order"),
        AIFunctionFactory.Create(ChangeAddress, "change_address"),
    ];

    [Description("Gets the state of an order.")]
    private static string GetOrder([Description("The number of the order.")] int number) =>
        $"Order {number} (a desk lamp, a light bulb) is packed and goes to 12 Old Street.";

    [Description("Changes where an order is delivered to.")]
    private static string ChangeAddress([Description("The number of the order.")] int number, [Description("The new address.")] string address) =>
        $"Order {number} now goes to {address}.";
}
