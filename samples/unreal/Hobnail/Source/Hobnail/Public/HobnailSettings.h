// Project Settings > Plugins > Hobnail.
#pragma once

#include "CoreMinimal.h"
#include "Engine/DeveloperSettings.h"

#include "HobnailSettings.generated.h"

UCLASS(Config = Game, DefaultConfig, meta = (DisplayName = "Hobnail"))
class HOBNAIL_API UHobnailSettings : public UDeveloperSettings {
    GENERATED_BODY()

   public:
    // Where `hobnail serve` listens.
    UPROPERTY(Config, EditAnywhere, Category = "Server")
    FString Address = TEXT("tcp://127.0.0.1:9710");

    // A name for people, in the server's log.
    UPROPERTY(Config, EditAnywhere, Category = "Server")
    FString ClientName = TEXT("unreal");

    // Unreal's units are centimetres.
    UPROPERTY(Config, EditAnywhere, Category = "Server")
    float UnitsPerMetre = 100.0f;

    // server.key and NAME.key_secret, for a server that is not on this machine.
    UPROPERTY(Config, EditAnywhere, Category = "Server")
    FString ServerKeyFile;

    UPROPERTY(Config, EditAnywhere, Category = "Server")
    FString OwnKeyFile;

    // Sound comes back into Unreal's mixer. Start the server with --sink null then.
    UPROPERTY(Config, EditAnywhere, Category = "Sound")
    bool bSoundInUnreal = true;

    // Frames kept ready against late packets. More is safer and later.
    UPROPERTY(Config, EditAnywhere, Category = "Sound")
    int32 SafetyFrames = 512;

    // Frames that the platform buffers behind a source: callback buffer times number of buffers. Only reported.
    UPROPERTY(Config, EditAnywhere, Category = "Sound")
    int32 OutputFrames = 2048;
};
