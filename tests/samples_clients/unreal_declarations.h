// The parts of Unreal that the plug-in uses, declared by hand after Epic's manual, so that it can be parsed where there
// is no Unreal. Nothing here does anything; nothing is run against it.
#pragma once

#include <cstdint>
#include <cstring>
#include <string>

#define UCLASS(...)
#define UPROPERTY(...)
#define UFUNCTION(...)
#define GENERATED_BODY()
#define HOBNAIL_API
#define THIRD_PARTY_INCLUDES_START
#define THIRD_PARTY_INCLUDES_END
#define TEXT(text) text
#define TCHAR_TO_UTF8(text) (text)
#define UTF8_TO_TCHAR(text) (text)
#define check(condition) ((void)(condition))
#define verify(condition) ((void)(condition))
#define DEFINE_LOG_CATEGORY_STATIC(name, level, all) struct name {}
#define UE_LOG(category, level, format, ...) ((void)sizeof(category), FString::Printf(format, __VA_ARGS__))
#define IMPLEMENT_MODULE(type, name) static type module_of_##name;
#define RETURN_QUICK_DECLARE_CYCLE_STAT(type, group) return {}
#define DECLARE_DYNAMIC_MULTICAST_DELEGATE_TwoParams(name, A, a, B, b) struct name { void Broadcast(A, B) {} }

using int32 = std::int32_t;
using uint32 = std::uint32_t;

struct FDefaultModuleImpl {};
struct TStatId {};

class FString {
   public:
    FString() = default;
    FString(const char* text) : text_(text) {}
    template <typename... Rest>
    static FString Printf(const char*, Rest...) { return {}; }
    const char* operator*() const { return text_.c_str(); }
    bool IsEmpty() const { return text_.empty(); }
    FString Left(int32) const { return *this; }

   private:
    std::string text_;
};

struct FVector {
    double X = 0, Y = 0, Z = 0;
    static const FVector ZeroVector;
    static double Dist(const FVector&, const FVector&) { return 0; }
};

struct FMath { static double Max(double a, double b) { return a > b ? a : b; } };
struct FMemory { static void Memzero(void* at, std::size_t bytes) { std::memset(at, 0, bytes); } };

template <typename T>
class TArray {
   public:
    void Add(T) {}
    void Remove(T) {}
    T* begin() const { return nullptr; }
    T* end() const { return nullptr; }
};

class UObject {
   public:
    virtual ~UObject() = default;
    uint32 GetUniqueID() const { return 0; }
    FString GetName() const { return {}; }
};

template <typename T>
const T* GetDefault() { static T value; return &value; }

class UDeveloperSettings : public UObject {};
struct FSubsystemCollectionBase {};
class UGameInstanceSubsystem : public UObject {
   public:
    using Super = UGameInstanceSubsystem;
    virtual void Initialize(FSubsystemCollectionBase&) {}
    virtual void Deinitialize() {}
};
class FTickableGameObject {
   public:
    virtual ~FTickableGameObject() = default;
    virtual void Tick(float) = 0;
    virtual bool IsTickable() const { return true; }
    virtual TStatId GetStatId() const = 0;
};
class UGameInstance : public UObject {
   public:
    template <typename T>
    T* GetSubsystem() { return nullptr; }
};
class UWorld : public UObject {
   public:
    UGameInstance* GetGameInstance() const { return nullptr; }
};
class AActor : public UObject {};
struct EEndPlayReason { enum Type { Quit }; };
enum ELevelTick { LEVELTICK_All };
struct FActorComponentTickFunction { bool bCanEverTick = false; };
class UActorComponent : public UObject {
   public:
    UWorld* GetWorld() const { return nullptr; }
    AActor* GetOwner() const { return nullptr; }
    virtual void BeginPlay() {}
    virtual void EndPlay(EEndPlayReason::Type) {}
    virtual void TickComponent(float, ELevelTick, FActorComponentTickFunction*) {}
    FActorComponentTickFunction PrimaryComponentTick;
};
class USceneComponent : public UActorComponent {
   public:
    using Super = USceneComponent;
    FVector GetComponentLocation() const { return {}; }
    FVector GetForwardVector() const { return {}; }
    FVector GetUpVector() const { return {}; }
};
struct FObjectInitializer {};
class USynthComponent : public USceneComponent {
   public:
    using Super = USynthComponent;
    explicit USynthComponent(const FObjectInitializer&) {}
    void Start() {}
    void Stop() {}
    int32 NumChannels = 2;
    bool bAllowSpatialization = false;

   protected:
    virtual bool Init(int32&) { return true; }
    virtual int32 OnGenerateAudio(float*, int32 samples) { return samples; }
};
