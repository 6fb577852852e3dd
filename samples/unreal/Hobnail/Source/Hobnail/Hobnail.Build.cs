using UnrealBuildTool;

public class Hobnail : ModuleRules
{
    public Hobnail(ReadOnlyTargetRules Target) : base(Target)
    {
        PCHUsage = PCHUsageMode.UseExplicitOrSharedPCHs;
        CppStandard = CppStandardVersion.Cpp17;
        bEnableExceptions = true;  // cppzmq and msgpack-c throw; nothing of it leaves the client
        PublicDependencyModuleNames.AddRange(new string[] { "Core", "CoreUObject", "Engine", "AudioMixer", "DeveloperSettings" });
        PrivateDependencyModuleNames.Add("HobnailClient");
    }
}
