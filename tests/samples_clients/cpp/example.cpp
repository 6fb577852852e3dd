// The example of docs/unreal.md.
#include <string>
#include <vector>

#include "hobnail_client/audio_receiver.hpp"
#include "hobnail_client/client.hpp"

int main(int, char** arguments) {
    const std::string address = arguments[1];
    hobnail::client::Options options;
    options.address = address;
    options.hello = {"my-game", 100.0, hobnail::client::Up::z, hobnail::client::Handedness::left, true};
    hobnail::client::Client client(options);  // at once; it connects in the background
    if (!client.wait_connected(5.0)) {        // a game looks at client.connected() in its tick instead
        return 1;
    }
    hobnail::client::EmitterSettings barrel;
    barrel.prompt = "an oak barrel";
    barrel.material = "wood";
    client.create("barrel", barrel);

    hobnail::client::AudioReceiver receiver;
    receiver.connect(client.audio_address());
    const auto feed = receiver.listen("barrel", {});  // one channel, 48 kHz, blocks of 512 frames

    hobnail::client::Event hit{"barrel", "impact"};
    hit.contact.material = "stone";
    hit.contact.speed_m_s = 300.0;  // in the unit of length that was told: centimetres
    client.event(hit);
    std::vector<float> block(512);
    feed->read(block.data(), block.size());  // in the audio callback: no lock, no memory
    return 0;
}
