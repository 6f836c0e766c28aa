using System.Reflection;
using System.Reflection.Emit;

namespace SessionManager;

/// <summary>
/// Finds the types that the declarations and the code of a type name.
/// </summary>
/// <remarks>A constant is not among them: the compiler writes its value instead of its name.</remarks>
internal static class NamedTypes
{
    private const BindingFlags All = BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly;

    private static readonly Dictionary<short, OpCode> OpCodes = typeof(OpCodes).GetFields()
        .Select(field => (OpCode)field.GetValue(null)!)
        .ToDictionary(code => code.Value);

    public static HashSet<Type> Of(Type type)
    {
        var named = new HashSet<Type>();
        Add(named, type.BaseType);
        AddAll(named, type.GetInterfaces());
        foreach (var member in type.GetMembers(All))
        {
            Add(named, member);
        }

        return named;
    }

    private static void Add(HashSet<Type> named, MemberInfo? member)
    {
        switch (member)
        {
            case Type type:
                Add(named, type);
                break;
            case FieldInfo field:
                Add(named, field.FieldType);
                break;
            case MethodBase method:
                AddSignature(named, method);
                AddBody(named, method);
                break;
        }
    }

    private static void Add(HashSet<Type> named, Type? type)
    {
        if (type is null || type.IsGenericParameter)
        {
            return;
        }

        if (type.HasElementType)
        {
            Add(named, type.GetElementType());
            return;
        }

        named.Add(type);
        AddAll(named, type.GetGenericArguments());
    }

    private static void AddAll(HashSet<Type> named, IEnumerable<Type> types)
    {
        foreach (var type in types)
        {
            Add(named, type);
        }
    }

    private static void AddSignature(HashSet<Type> named, MethodBase method)
    {
        Add(named, (method as MethodInfo)?.ReturnType);
        AddAll(named, method.GetParameters().Select(parameter => parameter.ParameterType));
        AddAll(named, method.IsGenericMethod ? method.GetGenericArguments() : []);
    }

    private static void AddBody(HashSet<Type> named, MethodBase method)
    {
        if (method.GetMethodBody() is not { } body)
        {
            return;
        }

        AddAll(named, body.LocalVariables.Select(local => local.LocalType));
        AddAll(named, body.ExceptionHandlingClauses.Where(clause => clause.Flags == ExceptionHandlingClauseOptions.Clause).Select(clause => clause.CatchType!));
        foreach (var token in ReadTokens(body.GetILAsByteArray()!))
        {
            var member = method.Module.ResolveMember(
                token,
                method.DeclaringType?.GetGenericArguments(),
                method.IsGenericMethod ? method.GetGenericArguments() : null)!;
            Add(named, member as Type ?? member.DeclaringType);
            if (member is MethodBase called)
            {
                AddSignature(named, called);
            }
        }
    }

    private static IEnumerable<int> ReadTokens(byte[] il)
    {
        for (var at = 0; at < il.Length;)
        {
            var code = OpCodes[il[at] == 0xFE ? (short)(0xFE00 | il[++at]) : il[at]];
            at++;
            if (code.OperandType is OperandType.InlineField or OperandType.InlineMethod or OperandType.InlineTok or OperandType.InlineType)
            {
                yield return BitConverter.ToInt32(il, at);
            }

            at += code.OperandType switch
            {
                OperandType.InlineNone => 0,
                OperandType.ShortInlineBrTarget or OperandType.ShortInlineI or OperandType.ShortInlineVar => 1,
                OperandType.InlineVar => 2,
                OperandType.InlineI8 or OperandType.InlineR => 8,
                OperandType.InlineSwitch => 4 + (4 * BitConverter.ToInt32(il, at)),
                _ => 4,
            };
        }
    }
}
