#include "HobnailListenerComponent.h"

#include "Engine/GameInstance.h"
#include "Engine/World.h"
#include "HobnailSubsystem.h"

UHobnailListenerComponent::UHobnailListenerComponent() { PrimaryComponentTick.bCanEverTick = true; }

void UHobnailListenerComponent::TickComponent(float DeltaTime, ELevelTick Kind, FActorComponentTickFunction* Function) {
    Super::TickComponent(DeltaTime, Kind, Function);
    UGameInstance* Game = GetWorld() != nullptr ? GetWorld()->GetGameInstance() : nullptr;
    if (UHobnailSubsystem* Subsystem = Game != nullptr ? Game->GetSubsystem<UHobnailSubsystem>() : nullptr) {
        Subsystem->SetListener(GetComponentLocation(), GetForwardVector(), GetUpVector());
    }
}
