// The connection of a game to its Hobnail server: one for each game instance, from its start to its end.
#pragma once

#include <memory>

#include "CoreMinimal.h"
#include "Subsystems/GameInstanceSubsystem.h"
#include "Tickable.h"

#include "HobnailSubsystem.generated.h"

class UHobnailEmitterComponent;

DECLARE_DYNAMIC_MULTICAST_DELEGATE_TwoParams(FHobnailRefused, FString, Code, FString, Text);
DECLARE_DYNAMIC_MULTICAST_DELEGATE_TwoParams(FHobnailEnded, FString, Emitter, FString, Event);

UCLASS()
class HOBNAIL_API UHobnailSubsystem : public UGameInstanceSubsystem, public FTickableGameObject {
    GENERATED_BODY()

   public:
    UHobnailSubsystem();
    virtual ~UHobnailSubsystem() override;

    virtual void Initialize(FSubsystemCollectionBase& Collection) override;
    virtual void Deinitialize() override;

    virtual void Tick(float DeltaTime) override;
    virtual bool IsTickable() const override { return State != nullptr; }
    virtual TStatId GetStatId() const override;

    UFUNCTION(BlueprintPure, Category = "Hobnail")
    bool IsConnected() const;

    // From an event's call to the loudspeaker: the server, the rings on the way, Unreal's own buffers.
    UFUNCTION(BlueprintPure, Category = "Hobnail")
    float GetLatencyMs() const { return LatencyMs; }

    UFUNCTION(BlueprintCallable, Category = "Hobnail")
    void Panic();

    // The ears, for a server that pans and attenuates itself.
    UFUNCTION(BlueprintCallable, Category = "Hobnail")
    void SetListener(FVector Position, FVector Forward, FVector Up);

    UPROPERTY(BlueprintAssignable, Category = "Hobnail")
    FHobnailRefused OnRefused;

    UPROPERTY(BlueprintAssignable, Category = "Hobnail")
    FHobnailEnded OnEnded;

    struct FState;  // the client; its headers stay out of this one
    FState* GetState() const { return State.get(); }

    void Add(UHobnailEmitterComponent* Emitter);
    void Remove(UHobnailEmitterComponent* Emitter);

   private:
    void Introduce(UHobnailEmitterComponent& Emitter);
    void Hear();
    void SendFrame(float DeltaTime);

    std::unique_ptr<FState> State;
    TArray<UHobnailEmitterComponent*> Emitters;
    float LatencyMs = 0.0f;
    int32 Greetings = 0;
};
