// What the subsystem keeps of the client.
#pragma once

#include "HobnailClientIncludes.h"
#include "HobnailSubsystem.h"

struct UHobnailSubsystem::FState {
    explicit FState(const hobnail::client::Options& Options) : Client(Options), Receiver(Options.keys) {}

    hobnail::client::Client Client;
    hobnail::client::AudioReceiver Receiver;
    hobnail::client::Frame Frame;  // filled anew each tick
};

inline std::string Plain(const FString& Text) { return TCHAR_TO_UTF8(*Text); }

inline hobnail::client::Vector3 Plain(const FVector& Vector) { return {Vector.X, Vector.Y, Vector.Z}; }
