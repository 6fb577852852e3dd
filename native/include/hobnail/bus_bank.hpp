// The buses: voices are panned into them, and they are summed into the mix with gliding gains. [mixer]
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <vector>

#include "hobnail/strip.hpp"

namespace hobnail {

class BusBank {
   public:
    explicit BusBank(const std::vector<std::atomic<float>>& targets) : targets_(targets), buses_(targets.size()) {
        aim(true);
    }

    // Looks up the gains of this block.
    void aim(bool jump) noexcept {
        for (std::size_t i = 0; i < buses_.size(); ++i) {
            buses_[i].gain.aim(targets_[i].load(std::memory_order_relaxed), jump);
        }
    }

    [[nodiscard]] const Glide& gain(std::size_t bus) const noexcept { return buses_[bus].gain; }

    // Adds a voice, float [kBlock], where its strip sends it; a voice that moves to another bus crosses over.
    void add(const float* mono, const Strip& strip) noexcept {
        const Glide left = strip.left();  // copies, which stores to the buses cannot change: the loop vectorises
        const Glide right = strip.right();
        if (strip.bus() == strip.bus_before()) {
            Bus& bus = use(strip.bus());
            for (std::size_t i = 0; i < kBlock; ++i) {
                bus.left[i] += mono[i] * left.at(i);
                bus.right[i] += mono[i] * right.at(i);
            }
            return;
        }
        Bus& before = use(strip.bus_before());
        Bus& after = use(strip.bus());
        for (std::size_t i = 0; i < kBlock; ++i) {
            const float share = static_cast<float>(i + 1) / static_cast<float>(kBlock);
            before.left[i] += mono[i] * left.at(i) * (1.0F - share);
            before.right[i] += mono[i] * right.at(i) * (1.0F - share);
            after.left[i] += mono[i] * left.at(i) * share;
            after.right[i] += mono[i] * right.at(i) * share;
        }
    }

    // Writes the sum into float [kBlock, 2], interleaved, and forgets it.
    void sum(std::array<float, 2 * kBlock>& stereo) noexcept {
        stereo.fill(0.0F);
        for (Bus& bus : buses_) {
            if (!bus.used) {
                continue;
            }
            const Glide glide = bus.gain;
            for (std::size_t i = 0; i < kBlock; ++i) {
                const float gain = glide.at(i);
                stereo[2 * i] += bus.left[i] * gain;
                stereo[2 * i + 1] += bus.right[i] * gain;
            }
            bus.used = false;
        }
    }

   private:
    struct Bus {
        Glide gain;
        bool used = false;  // in this block; an unused bus costs nothing
        std::array<float, kBlock> left{};
        std::array<float, kBlock> right{};
    };

    Bus& use(std::size_t index) noexcept {
        Bus& bus = buses_[index];
        if (!bus.used) {
            bus.used = true;
            bus.left.fill(0.0F);
            bus.right.fill(0.0F);
        }
        return bus;
    }

    const std::vector<std::atomic<float>>& targets_;
    std::vector<Bus> buses_;
};

}  // namespace hobnail
