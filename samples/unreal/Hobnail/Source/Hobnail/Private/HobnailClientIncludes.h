// The client's headers, kept apart from Unreal's macros of the same names.
#pragma once

#include "CoreMinimal.h"

THIRD_PARTY_INCLUDES_START
#pragma push_macro("check")
#pragma push_macro("verify")
#undef check
#undef verify
#include "hobnail_client/audio_receiver.hpp"
#include "hobnail_client/client.hpp"
#pragma pop_macro("verify")
#pragma pop_macro("check")
THIRD_PARTY_INCLUDES_END
