// An audio device that is none: a thread that asks a feed for blocks at the pace of a sound card, and keeps them.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdio>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "allocations.hpp"
#include "hobnail_client/audio_feed.hpp"
#include "hobnail_client/sockets.hpp"
#include "json.hpp"

namespace probe {

class Ear {
   public:
    Ear(std::shared_ptr<hobnail::client::AudioFeed> feed, std::size_t block, double rate_hz)
        : feed_(std::move(feed)), block_(block), rate_hz_(rate_hz), thread_([this] { run(); }) {}

    // Ends the thread, writes what was heard as raw float 32, and says how it went.
    Json stop(const std::string& path) {
        stop_ = true;
        thread_.join();
        std::FILE* file = std::fopen(path.c_str(), "wb");
        const bool written = file != nullptr && std::fwrite(heard_.data(), 4, heard_.size(), file) == heard_.size();
        if (file != nullptr) {
            std::fclose(file);
        }
        return Json()
            .put("written", written)
            .put("first_ns", first_ns_)
            .put("late_blocks", late_)
            .put("allocations", allocations_)
            .put("latency_frames", feed_->latency_frames())
            .put("lost_frames", feed_->lost_frames())
            .put("interruptions", feed_->interruptions())
            .put("skipped_frames", feed_->skipped_frames());
    }

    [[nodiscard]] const std::shared_ptr<hobnail::client::AudioFeed>& feed() const { return feed_; }

   private:
    void run() {
        const auto begin = std::chrono::steady_clock::now();
        const std::chrono::duration<double> period(static_cast<double>(block_) / rate_hz_);
        std::vector<float> block(block_ * feed_->channels());
        first_ns_ = hobnail::client::monotonic_ns();
        for (int turn = 1; !stop_; ++turn) {
            const auto before = allocations();
            feed_->read(block.data(), block_);
            allocations_ += allocations() - before;
            heard_.insert(heard_.end(), block.begin(), block.end());
            const auto next = begin + std::chrono::duration_cast<std::chrono::nanoseconds>(turn * period);
            late_ += std::chrono::steady_clock::now() > next ? 1 : 0;
            std::this_thread::sleep_until(next);
        }
    }

    std::shared_ptr<hobnail::client::AudioFeed> feed_;
    std::size_t block_;
    double rate_hz_;
    std::vector<float> heard_;
    std::int64_t first_ns_ = 0, allocations_ = 0;
    int late_ = 0;
    std::atomic<bool> stop_{false};
    std::thread thread_;
};

}  // namespace probe
