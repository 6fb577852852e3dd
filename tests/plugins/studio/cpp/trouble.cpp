// Halves the sound. From 1 on its parameter "trouble" makes it read where nothing is, from 2 on never return. Built with
// TROUBLE_AT_LOAD it crashes when it is made.
#include <csignal>
#include <unistd.h>

#include "DistrhoPlugin.hpp"

START_NAMESPACE_DISTRHO

class Trouble : public Plugin {
   public:
    Trouble() : Plugin(1, 0, 0) {
#ifdef TROUBLE_AT_LOAD
        raise(SIGSEGV);
#endif
    }

   protected:
    const char* getLabel() const override { return "trouble"; }
    const char* getMaker() const override { return "Hobnail's tests"; }
    const char* getLicense() const override { return "ISC"; }
    uint32_t getVersion() const override { return d_version(1, 0, 0); }
    int64_t getUniqueId() const override { return d_cconst('H', 'b', 'T', 'r'); }

    void initParameter(uint32_t, Parameter& parameter) override {
        parameter.name = parameter.symbol = "trouble";
        parameter.hints = kParameterIsAutomatable;
        parameter.ranges.max = 2.0F;
    }
    float getParameterValue(uint32_t) const override { return trouble_; }
    void setParameterValue(uint32_t, float value) override { trouble_ = value; }

    void run(const float** in, float** out, uint32_t frames) override {
        while (trouble_ > 1.99F) {
            sleep(1);
        }
        if (trouble_ > 0.99F) {
            raise(SIGSEGV);
        }
        for (int channel = 0; channel < 2; ++channel) {
            for (uint32_t frame = 0; frame < frames; ++frame) {
                out[channel][frame] = 0.5F * in[channel][frame];
            }
        }
    }

   private:
    float trouble_ = 0.0F;
};

Plugin* createPlugin() { return new Trouble(); }

END_NAMESPACE_DISTRHO
