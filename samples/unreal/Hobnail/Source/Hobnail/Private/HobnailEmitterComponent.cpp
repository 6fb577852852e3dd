#include "HobnailEmitterComponent.h"

#include <limits>

#include "Engine/GameInstance.h"
#include "Engine/World.h"
#include "GameFramework/Actor.h"
#include "HobnailState.h"

namespace client = hobnail::client;

namespace {

UHobnailSubsystem* SubsystemOf(const UActorComponent& Component) {
    const UWorld* World = Component.GetWorld();
    UGameInstance* Game = World != nullptr ? World->GetGameInstance() : nullptr;
    return Game != nullptr ? Game->GetSubsystem<UHobnailSubsystem>() : nullptr;
}

client::Client* ClientOf(const UActorComponent& Component) {
    const UHobnailSubsystem* Subsystem = SubsystemOf(Component);
    return Subsystem != nullptr && Subsystem->GetState() != nullptr ? &Subsystem->GetState()->Client : nullptr;
}

}  // namespace

UHobnailEmitterComponent::UHobnailEmitterComponent(const FObjectInitializer& Initializer) : Super(Initializer) {
    NumChannels = 1;
    bAllowSpatialization = true;
}

void UHobnailEmitterComponent::BeginPlay() {
    Super::BeginPlay();
    if (Id.IsEmpty()) {
        Id = FString::Printf(TEXT("%s-%u"), *GetOwner()->GetName().Left(40), GetUniqueID());
    }
    LastPosition = GetComponentLocation();
    Start();  // silence at first; this also tells the mixer's rate, before the feed is made
    if (UHobnailSubsystem* Subsystem = SubsystemOf(*this)) {
        Subsystem->Add(this);
    }
}

void UHobnailEmitterComponent::EndPlay(const EEndPlayReason::Type Reason) {
    if (UHobnailSubsystem* Subsystem = SubsystemOf(*this)) {
        Subsystem->Remove(this);
    }
    Super::EndPlay(Reason);
}

bool UHobnailEmitterComponent::Init(int32& SampleRate) {
    RateHz = static_cast<double>(SampleRate);
    return true;
}

void UHobnailEmitterComponent::Hear(FFeed NewFeed) {
    Feeds.push_back(std::move(NewFeed));
    Playing.store(Feeds.back().get(), std::memory_order_release);
}

// Stopping a source is only asked for, so the audio thread may come once more: the feed lives as long as this component.
void UHobnailEmitterComponent::Unhear() { Playing.store(nullptr, std::memory_order_release); }

int32 UHobnailEmitterComponent::OnGenerateAudio(float* OutAudio, int32 NumSamples) {
    if (client::AudioFeed* From = Playing.load(std::memory_order_acquire)) {
        From->read(OutAudio, static_cast<std::size_t>(NumSamples));  // one channel: a sample is a frame
    } else {
        FMemory::Memzero(OutAudio, NumSamples * sizeof(float));
    }
    return NumSamples;
}

double UHobnailEmitterComponent::GetFeedLatencyFrames() const { return Feeds.empty() ? 0.0 : Feeds.back()->latency_frames(); }

double UHobnailEmitterComponent::TakeSpeed(float Seconds) {
    const FVector Now = GetComponentLocation();
    const double Moved = FVector::Dist(Now, LastPosition);
    LastPosition = Now;
    return Seconds > 0.0f ? Moved / Seconds : std::numeric_limits<double>::quiet_NaN();
}

double UHobnailEmitterComponent::TakeSlip() {
    const double Taken = Slip;
    Slip = 0.0f;
    return Taken;
}

bool UHobnailEmitterComponent::Trigger(const FString& Event, const FString& Surface, float Speed) {
    return Send(Event, static_cast<int32>(client::EventAction::trigger), Surface, Speed);
}

bool UHobnailEmitterComponent::StartSound(const FString& Event, const FString& Surface) {
    return Send(Event, static_cast<int32>(client::EventAction::start), Surface, -1.0f);
}

bool UHobnailEmitterComponent::StopSound(const FString& Event) {
    return Send(Event, static_cast<int32>(client::EventAction::stop), FString(), -1.0f);
}

bool UHobnailEmitterComponent::SetControl(const FString& Control, float Value) {
    client::Client* Client = ClientOf(*this);
    return Client != nullptr && Client->control(Plain(Control), Value, Plain(Id));
}

bool UHobnailEmitterComponent::Send(const FString& Event, int32 Action, const FString& Surface, float Speed) {
    client::Client* Client = ClientOf(*this);
    if (Client == nullptr) {
        return false;
    }
    client::Event Told{Plain(Id), Plain(Event)};
    Told.action = static_cast<client::EventAction>(Action);
    if (!Surface.IsEmpty()) {
        Told.contact.material = Plain(Surface);
    }
    if (Speed >= 0.0f) {
        Told.contact.speed_m_s = Speed;
    }
    return Client->event(Told).has_value();
}
