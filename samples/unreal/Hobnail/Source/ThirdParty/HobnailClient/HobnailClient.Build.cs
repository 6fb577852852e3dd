// The engine-independent client: headers only, on libzmq, cppzmq and msgpack-c in ../ZeroMQ.
using System.IO;
using UnrealBuildTool;

public class HobnailClient : ModuleRules
{
    public HobnailClient(ReadOnlyTargetRules Target) : base(Target)
    {
        Type = ModuleType.External;
        string Libraries = Path.Combine(ModuleDirectory, "..", "ZeroMQ");
        PublicSystemIncludePaths.Add(Path.Combine(ModuleDirectory, "include"));
        PublicSystemIncludePaths.Add(Path.Combine(Libraries, "include"));
        PublicDefinitions.Add("ZMQ_STATIC=1");
        PublicDefinitions.Add("MSGPACK_NO_BOOST=1");
        if (Target.Platform == UnrealTargetPlatform.Win64)
        {
            PublicAdditionalLibraries.Add(Path.Combine(Libraries, "lib", "Win64", "libzmq.lib"));
            PublicSystemLibraries.AddRange(new string[] { "ws2_32.lib", "iphlpapi.lib", "advapi32.lib" });
        }
        else
        {
            PublicAdditionalLibraries.Add(Path.Combine(Libraries, "lib", Target.Platform.ToString(), "libzmq.a"));
        }
    }
}
