// What other binding files need to know of the rings.
#pragma once

#include "hobnail/clock_page.hpp"
#include "hobnail/frame_ring.hpp"
#include "hobnail/sound_page.hpp"
#include "memory.hpp"

namespace hobnail {

using HeldRing = Held<FrameRing>;
using HeldClock = Held<ClockPage>;
using HeldSound = Held<SoundPage>;

}  // namespace hobnail
