// Sound of a topic that its server keeps in shared memory: the audio thread takes it from there itself.
#pragma once

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "hobnail_daw/page_reader.hpp"

namespace hobnail::daw {

// A page of this machine's shared memory, mapped for reading.
class SharedPage {
   public:
    // None: it is not there, not ours to read (as in a container of its own), or no page of one channel.
    [[nodiscard]] static std::unique_ptr<SharedPage> open(const std::string& name) {
        const int file = shm_open(("/" + name).c_str(), O_RDONLY | O_CLOEXEC, 0);
        struct stat about {};
        if (file < 0) {
            return nullptr;
        }
        const bool found = fstat(file, &about) == 0 && about.st_size > 0;
        const auto bytes = found ? static_cast<std::size_t>(about.st_size) : 0;
        void* memory = found ? mmap(nullptr, bytes, PROT_READ, MAP_SHARED, file, 0) : MAP_FAILED;
        ::close(file);
        if (memory == MAP_FAILED) {
            return nullptr;
        }
        std::unique_ptr<SharedPage> page(new SharedPage(memory, bytes));
        return page->reader.open(memory, bytes, 1) ? std::move(page) : nullptr;
    }
    SharedPage(const SharedPage&) = delete;
    SharedPage& operator=(const SharedPage&) = delete;
    ~SharedPage() { munmap(memory_, bytes_); }

    PageReader reader;

   private:
    SharedPage(void* memory, std::size_t bytes) : memory_(memory), bytes_(bytes) {}
    void* memory_;
    std::size_t bytes_;
};

// Hands pages to the audio thread without a lock; one that it reads is kept until it is done (a hazard pointer).
class SharedInlet {
   public:
    // `most_frames`: that are read at a time.
    explicit SharedInlet(std::size_t most_frames) : window_(most_frames) {}
    SharedInlet(const SharedInlet&) = delete;
    SharedInlet& operator=(const SharedInlet&) = delete;
    ~SharedInlet() { delete page_.load(); }

    // [network] From now on this page, or none.
    void take(std::unique_ptr<SharedPage> page) {
        if (std::unique_ptr<SharedPage> old(page_.exchange(page.release())); old) {
            retired_.push_back(std::move(old));
        }
        tidy();
    }
    // [network] Now and then: gives back what is no longer read.
    void tidy() {
        const auto* read = reading_.load();
        retired_.erase(std::remove_if(retired_.begin(), retired_.end(), [read](const auto& one) { return one.get() != read; }),
                       retired_.end());
    }

    // [any]
    [[nodiscard]] bool there() const noexcept { return page_.load(std::memory_order_relaxed) != nullptr; }

    // [audio] Frames `from` .. `from + count`, silence where there is no sound; `missing` counts that.
    [[nodiscard]] const float* read(std::int64_t from, std::size_t count, std::size_t& missing) noexcept {
        const SharedPage* page = page_.load();
        reading_.store(page);
        if (page == nullptr || page != page_.load()) {  // it was taken away just now
            std::fill_n(window_.begin(), count, 0.0F);
            missing = count;
        } else {
            missing = count - page->reader.read(from, count, window_.data());
        }
        reading_.store(nullptr);
        return window_.data();
    }

   private:
    std::atomic<SharedPage*> page_{nullptr};
    std::atomic<const SharedPage*> reading_{nullptr};
    std::vector<std::unique_ptr<SharedPage>> retired_;  // the network thread's
    std::vector<float> window_;                         // the audio thread's
};

}  // namespace hobnail::daw
