// The mixer's own thread: when to mix the next block, and when to sleep.
#pragma once

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <thread>

#include "hobnail/clock_page.hpp"
#include "hobnail/idle_gate.hpp"
#include "hobnail/mix_core.hpp"
#include "hobnail/monotonic.hpp"
#include "hobnail/pacer.hpp"
#include "hobnail/sleeper.hpp"
#include "hobnail/thread_priority.hpp"

namespace hobnail {

enum class Pace : std::uint8_t { clock, ring };

class MixThread {
   public:
    MixThread(MixBoard& board, MixCore& core, IdleGate& gate, ClockPage& clock) noexcept
        : board_(board), core_(core), gate_(gate), clock_(clock) {}
    ~MixThread() { stop(); }
    MixThread(const MixThread&) = delete;
    MixThread& operator=(const MixThread&) = delete;

    [[nodiscard]] bool running() const noexcept { return thread_.joinable(); }  // [control]

    // [any] What the operating system granted the thread when it started.
    [[nodiscard]] Priority priority() const noexcept { return priority_.load(std::memory_order_relaxed); }

    void start(Pace pace, std::size_t ring_target) {  // [control]
        stopping_.store(false);
        const ClockAnchor begin{frame(), monotonic_ns()};
        clock_.write(begin);  // before the thread runs: whoever asks for the time next gets the line that it follows
        thread_ = std::thread([this, pace, ring_target, begin] {
            const Priority granted = ask_for_priority();
            priority_.store(granted, std::memory_order_relaxed);
            if (granted == Priority::normal) {
                ask_for_short_turns();
            }
            if (pace == Pace::clock) {
                follow_clock(begin);
            } else {
                follow_ring(begin, static_cast<std::int64_t>(ring_target));
            }
        });
    }

    void stop() {  // [control]
        if (running()) {
            stopping_.store(true);
            gate_.announce();
            thread_.join();
        }
    }

    // [any] The first frame that a voice could still begin at: the first not mixed, or, in an idle sleep, the block of
    // now, since those before it will be mixed without new voices.
    [[nodiscard]] std::int64_t next_frame() const noexcept {
        const std::int64_t mixed = board_.frame.load(std::memory_order_acquire);
        if (!resting_.load(std::memory_order_acquire)) {
            return mixed;
        }
        const ClockAnchor anchor = clock_.read();
        const std::int64_t now = monotonic_ns();
        // No further than the nap: those frames will be mixed whatever happens. Beyond lies a suspend.
        const std::int64_t asleep = nap_frames_.load(std::memory_order_relaxed);
        const std::int64_t ahead = std::min(ClockLine(anchor, rate()).block_at(now, step()), anchor.frame + asleep);
        return std::max(mixed, ahead);
    }

   private:
    [[nodiscard]] std::int64_t frame() const noexcept { return board_.frame.load(std::memory_order_relaxed); }
    [[nodiscard]] std::int64_t step() const noexcept { return static_cast<std::int64_t>(board_.spec.block_frames); }
    [[nodiscard]] std::int64_t rate() const noexcept { return static_cast<std::int64_t>(board_.spec.rate_hz); }
    // Frames of an idle sleep, in whole blocks: 10 ms where somebody listens, since silence comes in such pieces too, and
    // 50 ms where nobody does: each waking costs, and a voice ends the sleep at once.
    [[nodiscard]] std::int64_t nap() const noexcept {
        const std::int64_t longest = board_.outputs.heard() ? rate() / 100 : rate() / 20;
        return std::max<std::int64_t>(1, longest / step()) * step();
    }
    [[nodiscard]] std::int64_t ns_of(std::int64_t frames) const noexcept { return frames * 1'000'000'000 / rate(); }

    void mix(bool accept) noexcept {
        for (std::size_t done = 0; done < board_.spec.block_frames; done += kBlock) {
            core_.mix(accept);
        }
    }

    // A block is mixed when its first frame is due.
    void follow_clock(ClockAnchor begin) {
        ClockLine line(begin, rate());
        while (!stopping_.load(std::memory_order_relaxed)) {
            const std::uint64_t works = gate_.works();
            const std::int64_t due = line.due_ns(frame());
            const std::int64_t now = monotonic_ns();
            if (now < due) {
                if (core_.idle()) {
                    rest(line, works);
                } else {
                    sleeper_.until(due);
                }
                continue;
            }
            if (now - due > ClockLine::kLateNs) {
                bump(board_.meters.late_blocks);
            }
            if (now - due > ClockLine::kGiveUpNs) {
                line.anchor({frame(), now});
            }
            mix(true);
            clock_.write({frame(), line.due_ns(frame())});
        }
    }

    // Nothing sounds: sleep for several blocks, then mix those that went by. They stay silent even if a voice ended
    // the sleep: it begins in the block of now, not in the past.
    void rest(ClockLine& line, std::uint64_t works) {
        const std::int64_t asleep = nap();
        const std::int64_t end = frame() + asleep;
        nap_frames_.store(asleep, std::memory_order_relaxed);
        resting_.store(true, std::memory_order_release);
        gate_.sleep_until(line.due_ns(end), works);
        const std::int64_t now = monotonic_ns();
        mix_silence(line, now, end);  // others have counted on these frames
        if (now - line.due_ns(frame()) > ClockLine::kGiveUpNs) {
            line.anchor({frame(), now});
        }
        mix_silence(line, now, std::numeric_limits<std::int64_t>::max());
        clock_.write({frame(), line.due_ns(frame())});
        resting_.store(false, std::memory_order_release);
    }

    // Whole blocks that are over by `now`, up to frame `end`, without new voices.
    void mix_silence(const ClockLine& line, std::int64_t now, std::int64_t end) noexcept {
        while (frame() < end && line.due_ns(frame() + step()) <= now) {
            mix(false);
        }
    }

    // Output 0 is kept at least `target` frames full. A ring found empty counts as a late block: its reader has had
    // to play silence, or will.
    void follow_ring(ClockAnchor begin, std::int64_t target) {
        RingLine line(begin, rate());
        const std::int64_t pause = std::max(step(), target / 4);
        bool filled = false;
        while (!stopping_.load(std::memory_order_relaxed)) {
            const std::uint64_t works = gate_.works();
            const std::int64_t waiting = core_.waiting_in_sink();
            if (waiting >= 0 && waiting < target) {
                if (waiting == 0 && filled) {
                    bump(board_.meters.late_blocks);
                }
                filled = true;
                mix(true);
                clock_.write(line.follow(frame(), monotonic_ns()));
            } else if (core_.idle()) {
                gate_.sleep_until(monotonic_ns() + ns_of(pause), works);
            } else {
                sleeper_.until(monotonic_ns() + ns_of(step()));
            }
        }
    }

    MixBoard& board_;
    MixCore& core_;
    IdleGate& gate_;
    ClockPage& clock_;
    Sleeper sleeper_;
    std::atomic<bool> stopping_{false};
    std::atomic<Priority> priority_{Priority::normal};
    std::atomic<std::int64_t> nap_frames_{0};
    std::atomic<bool> resting_{false};  // asleep against the clock, with blocks going by
    std::thread thread_;
};

}  // namespace hobnail
