// The networks that make rows, as Python holds them.
#pragma once

#include "hobnail/neural/scene.hpp"
#include "neural_weights.hpp"

#if HOBNAIL_NEURAL
#include <memory>

namespace hobnail {

// Never changes once it is made. [any]
struct NeuralRows {
    std::shared_ptr<const neural::Network> network;
    neural::Remember remember;
    neural::Scene scene;
};

// Each thread has its own, so that any may ask.
inline neural::Scratch& scratch() {
    static thread_local neural::Scratch memory;
    return memory;
}

}  // namespace hobnail
#endif
