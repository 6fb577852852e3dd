// What a voice has to report and could not hand over yet; nothing is lost when the report queue is full.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <utility>

#include "hobnail/report.hpp"
#include "hobnail/spsc_queue.hpp"

namespace hobnail {

// A voice is late, sounds and ends at most once, and underruns that wait are added up: four places are enough.
class VoiceLog {
   public:
    void clear() noexcept { count_ = 0; }
    [[nodiscard]] bool empty() const noexcept { return count_ == 0; }

    void add(const VoiceReport& report) noexcept {
        for (std::size_t i = 0; i < count_; ++i) {
            if (report.kind == ReportKind::underrun && waiting_[i].kind == ReportKind::underrun) {
                waiting_[i].frames += report.frames;
                return;
            }
        }
        if (count_ < waiting_.size()) {
            waiting_[count_++] = report;
            if (count_ > 1 && waiting_[count_ - 2].kind == ReportKind::ended) {
                std::swap(waiting_[count_ - 2], waiting_[count_ - 1]);  // the end stays last, also of a one-block voice
            }
        }
    }

    // Hands over what there is room for, oldest first. A report is stamped at its first attempt.
    void deliver(SpscQueue<VoiceReport>& queue, std::int64_t ns) noexcept {
        std::size_t sent = 0;
        for (std::size_t i = 0; i < count_; ++i) {
            waiting_[i].ns = waiting_[i].ns == 0 ? ns : waiting_[i].ns;
        }
        while (sent < count_ && queue.push(waiting_[sent])) {
            ++sent;
        }
        for (std::size_t i = sent; i < count_; ++i) {
            waiting_[i - sent] = waiting_[i];
        }
        count_ -= sent;
    }

   private:
    std::array<VoiceReport, 4> waiting_{};
    std::size_t count_ = 0;
};

}  // namespace hobnail
