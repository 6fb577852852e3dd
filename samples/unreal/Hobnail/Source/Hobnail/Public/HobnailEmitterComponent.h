// A sounding thing. It is a source of Unreal's own mixer: attenuation, occlusion, submixes and effects apply to it.
#pragma once

#include <atomic>
#include <memory>
#include <vector>

#include "Components/SynthComponent.h"
#include "CoreMinimal.h"

#include "HobnailEmitterComponent.generated.h"

namespace hobnail::client {
class AudioFeed;
}

UCLASS(ClassGroup = Audio, meta = (BlueprintSpawnableComponent, DisplayName = "Hobnail Emitter"))
class HOBNAIL_API UHobnailEmitterComponent : public USynthComponent {
    GENERATED_BODY()

   public:
    explicit UHobnailEmitterComponent(const FObjectInitializer& Initializer);

    // 1 to 64 of A-Z a-z 0-9 _ . : / ( ) - and inner spaces. Empty: the actor's name and a number.
    UPROPERTY(EditAnywhere, BlueprintReadOnly, Category = "Hobnail")
    FString Id;

    // Words for it: leather boots, an oak barrel.
    UPROPERTY(EditAnywhere, BlueprintReadOnly, Category = "Hobnail")
    FString Prompt;

    // Of the thing itself: wood, metal, leather. The log says which words the engine knows.
    UPROPERTY(EditAnywhere, BlueprintReadOnly, Category = "Hobnail")
    FString Material;

    // 0: unknown.
    UPROPERTY(EditAnywhere, BlueprintReadOnly, Category = "Hobnail")
    float MassKg = 0.0f;

    UPROPERTY(EditAnywhere, BlueprintReadOnly, Category = "Hobnail")
    float SizeCm = 0.0f;

    UPROPERTY(EditAnywhere, BlueprintReadOnly, Category = "Hobnail")
    float GainDb = 0.0f;

    // The lowest loses its voice first.
    UPROPERTY(EditAnywhere, BlueprintReadOnly, Category = "Hobnail")
    int32 ServerPriority = 50;

    // Something happens to it, at once. Speed in units a second; below 0: unknown. False when the server is away.
    UFUNCTION(BlueprintCallable, Category = "Hobnail")
    bool Trigger(const FString& Event, const FString& Surface, float Speed = -1.0f);

    // A sustained sound begins: roll, scrape, rain. It follows the actor's speed until StopSound.
    UFUNCTION(BlueprintCallable, Category = "Hobnail")
    bool StartSound(const FString& Event, const FString& Surface);

    UFUNCTION(BlueprintCallable, Category = "Hobnail")
    bool StopSound(const FString& Event);

    // A control, 0..1: pitch, intensity, texture.
    UFUNCTION(BlueprintCallable, Category = "Hobnail")
    bool SetControl(const FString& Control, float Value);

    // How fast it slides over what it touches, in units a second; for the next tick.
    UFUNCTION(BlueprintCallable, Category = "Hobnail")
    void SetSlip(float Speed) { Slip = Speed; }

    virtual void BeginPlay() override;
    virtual void EndPlay(const EEndPlayReason::Type Reason) override;

    // --- for the subsystem, on the game's thread ---------------------------------------------------------------------

    using FFeed = std::shared_ptr<hobnail::client::AudioFeed>;
    void Hear(FFeed NewFeed);
    void Unhear();
    FFeed GetFeed() const { return Feeds.empty() ? nullptr : Feeds.back(); }
    double GetFeedLatencyFrames() const;
    double TakeSpeed(float Seconds);
    double TakeSlip();
    int32 GetBlockFrames() const { return BlockFrames; }
    double GetRateHz() const { return RateHz; }

   protected:
    virtual bool Init(int32& SampleRate) override;
    virtual int32 OnGenerateAudio(float* OutAudio, int32 NumSamples) override;  // [audio] no lock, no memory

   private:
    bool Send(const FString& Event, int32 Action, const FString& Surface, float Speed);

    std::vector<FFeed> Feeds;  // kept to the end: the audio thread may still read an old one
    std::atomic<hobnail::client::AudioFeed*> Playing{nullptr};
    FVector LastPosition = FVector::ZeroVector;
    float Slip = 0.0f;
    double RateHz = 48000.0;
    int32 BlockFrames = 1024;
};
