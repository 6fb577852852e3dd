// The mixer's half of a voice: when it starts, what it plays when samples are short, how it ends.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "hobnail/declick.hpp"
#include "hobnail/meter.hpp"
#include "hobnail/report.hpp"
#include "hobnail/strip.hpp"
#include "hobnail/voice.hpp"
#include "hobnail/voice_log.hpp"

namespace hobnail {

//   waiting --its frame comes--> playing --drained, faded out or failed--> over
class VoicePlayer {
   public:
    void begin(VoiceSlot& slot) noexcept {
        slot_ = &slot;
        phase_ = Phase::waiting;
        log_.clear();
        tail_.stop();
        rise_.stop();
        fade_.stop();
        dry_ = false;
        gap_frames_ = 0;
        played_ = false;
        sounded_ = false;
        last_ = 0.0F;
    }

    // One block of the voice, before its strip, into float [kBlock]; false when there is nothing to add.
    bool play(std::int64_t block_frame, float* out, Meters& meters) noexcept {
        begins_now_ = false;
        take_fade(block_frame);
        std::size_t at = 0;
        if (phase_ == Phase::waiting) {
            at = start_index(block_frame);
            if (at >= kBlock) {
                return false;
            }
            begins_now_ = true;
            phase_ = Phase::playing;
        } else if (phase_ == Phase::over) {
            return false;
        }
        std::fill(out, out + at, 0.0F);
        const std::size_t end = fill(block_frame, out, at, meters);
        last_ = out[kBlock - 1];
        if (fade_.running()) {
            const std::size_t silent = fade_.apply(out, kBlock);
            if (silent < kBlock || phase_ == Phase::over) {
                finish(block_frame + static_cast<std::int64_t>(std::min(silent, end)), fade_.reason());
            }
        }
        return true;
    }

    [[nodiscard]] VoiceSlot& slot() const noexcept { return *slot_; }
    [[nodiscard]] VoiceLog& log() noexcept { return log_; }
    [[nodiscard]] bool begins_now() const noexcept { return begins_now_; }  // in the block just played
    [[nodiscard]] bool over() const noexcept { return phase_ == Phase::over; }

    [[nodiscard]] bool sounded() const noexcept { return sounded_; }
    void note_sounded(std::int64_t frame) noexcept {  // its first audible sample, as the mix sees it
        sounded_ = true;
        report(ReportKind::sounded, frame, 0);
    }

   private:
    enum class Phase : std::uint8_t { waiting, playing, over };

    void report(ReportKind kind, std::int64_t frame, std::int64_t frames, EndReason reason = EndReason::finished) noexcept {
        log_.add({slot_->voice, kind, reason, frame, 0, frames});
    }

    void take_fade(std::int64_t block_frame) noexcept {
        FadeRequest request;
        if (!slot_->take_fade(request) || phase_ == Phase::over) {
            return;
        }
        if (phase_ == Phase::waiting) {
            finish(block_frame, request.reason);  // it never sounded
        } else {
            fade_.begin(request.frames, request.reason);
        }
    }

    [[nodiscard]] std::size_t start_index(std::int64_t block_frame) noexcept {
        if (slot_->start_frame == kNextBlock || slot_->start_frame == block_frame) {
            return 0;
        }
        if (slot_->start_frame < block_frame) {
            report(ReportKind::late, block_frame, block_frame - slot_->start_frame);
            return 0;
        }
        return static_cast<std::size_t>(std::min<std::int64_t>(slot_->start_frame - block_frame, kBlock));
    }

    // Samples from the FIFO into out[at, kBlock), with what keeps gaps from clicking; returns where sound ends.
    std::size_t fill(std::int64_t block_frame, float* out, std::size_t at, Meters& meters) noexcept {
        const SourceState source = slot_->source.load(std::memory_order_acquire);  // before reading: see SourceState
        const std::size_t got = slot_->fifo.read(out + at, kBlock - at);
        const std::size_t end = at + got;
        if (got > 0) {
            resume();
        }
        rise_.apply(out, at, end);
        tail_.add(out, at, end);
        if (end == kBlock) {
            return end;
        }
        std::fill(out + end, out + kBlock, 0.0F);
        if (!dry_ && source != SourceState::finished) {  // a renderer's own end is played as it is
            tail_.begin(end > 0 ? out[end - 1] : last_);
        }
        if (source == SourceState::more) {
            starve(block_frame + static_cast<std::int64_t>(end), kBlock - end, meters);
        }
        dry_ = true;
        const std::size_t silent = tail_.add(out, end, kBlock);
        const bool ends = source != SourceState::more || fade_.running();
        if (ends && !tail_.running()) {
            const EndReason reason = source == SourceState::failed      ? EndReason::failed
                                     : source == SourceState::finished ? EndReason::finished
                                                                       : fade_.reason();
            finish(block_frame + static_cast<std::int64_t>(silent), reason);
        }
        return silent;
    }

    // What is missing from a voice that fades out is nobody's fault, but a recording of the session has to know of it.
    void starve(std::int64_t frame, std::size_t frames, Meters& meters) noexcept {
        const bool counts = !fade_.running();
        if (gap_frames_ == 0) {
            gap_frame_ = frame;
            if (counts) {
                bump(meters.underruns);
            }
        }
        gap_frames_ += static_cast<std::int64_t>(frames);
        if (counts) {
            bump(meters.underrun_frames, frames);
        }
    }

    void resume() noexcept {
        if (dry_ && played_) {
            rise_.begin();
        }
        dry_ = false;
        played_ = true;
        close_gap();
    }

    void close_gap() noexcept {
        if (gap_frames_ > 0) {
            report(ReportKind::underrun, gap_frame_, gap_frames_);
            gap_frames_ = 0;
        }
    }

    void finish(std::int64_t frame, EndReason reason) noexcept {
        if (phase_ == Phase::over) {
            return;
        }
        close_gap();
        report(ReportKind::ended, frame, 0, reason);
        phase_ = Phase::over;
    }

    VoiceSlot* slot_ = nullptr;
    Phase phase_ = Phase::over;
    VoiceLog log_;
    Tail tail_;
    Rise rise_;
    Fade fade_;
    bool begins_now_ = false;
    bool dry_ = false;     // the FIFO gave less than was asked
    bool played_ = false;  // it gave something at least once
    bool sounded_ = false;
    std::int64_t gap_frame_ = 0;
    std::int64_t gap_frames_ = 0;
    float last_ = 0.0F;  // of the block before, before its fade
};

}  // namespace hobnail
