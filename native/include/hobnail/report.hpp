// What the mixer tells the engine thread about a voice.
#pragma once

#include <cstdint>

namespace hobnail {

enum class ReportKind : std::uint8_t { sounded, ended, underrun, late };

// Why a voice ended. `finished` is the renderer's own end; the others are asked for, or a fault.
enum class EndReason : std::uint8_t { finished, stopped, stolen, panic, removed, failed };

struct VoiceReport {
    std::int64_t voice = 0;
    ReportKind kind = ReportKind::ended;
    EndReason reason = EndReason::finished;  // of `ended`
    std::int64_t frame = 0;   // sounded: its first audible sample; ended: first frame without it; underrun: where the
                              // gap began; late: where it really started
    std::int64_t ns = 0;      // when the block with that frame had been handed to the outputs
    std::int64_t frames = 0;  // underrun: missing; late: how late
};

}  // namespace hobnail
