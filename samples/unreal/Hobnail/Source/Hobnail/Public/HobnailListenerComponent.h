// The ears, for a server that pans and attenuates itself. Put it on the pawn's camera.
#pragma once

#include "Components/SceneComponent.h"
#include "CoreMinimal.h"

#include "HobnailListenerComponent.generated.h"

UCLASS(ClassGroup = Audio, meta = (BlueprintSpawnableComponent, DisplayName = "Hobnail Listener"))
class HOBNAIL_API UHobnailListenerComponent : public USceneComponent {
    GENERATED_BODY()

   public:
    UHobnailListenerComponent();
    virtual void TickComponent(float DeltaTime, ELevelTick Kind, FActorComponentTickFunction* Function) override;
};
