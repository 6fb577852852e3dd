"""DPF as it is installed, with a few lines added.

What a host says about rendering offline reaches the plug-in: DPF leaves that out ("TODO process_mode" stands where
VST3 tells it). In CLAP the song's place is the song's, not the host's counter of frames; hosts that do not listen for
latency are not called (it crashes there), and those that do are not asked to begin anew for the latency that they
were just told; a host may take and give a project's state in pieces; presets are listed and loaded. Nothing of DPF is
kept in this repository: the lines are put into a copy that lives as long as the build.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from hobnail.errors import BuildError


@dataclass(frozen=True, slots=True)
class Insertion:
    """``text`` goes before the one place in DPF where ``anchor`` stands."""

    anchor: str
    text: str


_VST3 = (
    Insertion(
        "        fPlugin.setSampleRate(setup->sample_rate, true);\n",
        "        hobnail_set_offline(fPlugin.getInstancePointer(), setup->process_mode == V3_OFFLINE);\n",
    ),
)
_CLAP = (
    Insertion(
        "        fPlugin.activate();\n",
        "        fLastKnownLatency = fPlugin.getLatency();\n",
    ),
    Insertion(
        "            threadCheck = static_cast<const clap_host_thread_check_t*>",
        """            static const clap_host_latency_t deaf = { [](const clap_host_t*) {} };
            latency = latency != nullptr ? latency : &deaf;
""",
    ),
    Insertion(
        "            if (transport->flags & CLAP_TRANSPORT_HAS_TEMPO)\n",
        """            if (transport->flags & CLAP_TRANSPORT_HAS_SECONDS_TIMELINE)
                fTimePosition.frame = static_cast<uint64_t>(std::max(0.0, std::floor(0.5 +
                    static_cast<double>(transport->song_pos_seconds) / CLAP_SECTIME_FACTOR * fPlugin.getSampleRate())));
""",
    ),
    Insertion(
        "            wrtn = stream->write(stream, buffer, size - wrtntotal);\n",
        "            const char* const buffer = state.buffer() + wrtntotal;\n",
    ),
    Insertion(
        "            for (int32_t i = 0; i < read; ++i)\n",
        "            buffer[read] = '\\xff';\n",
    ),
    Insertion(
        "/**\n * CLAP plugin class.\n */\n",
        '}\n#include "clap_presets.hpp"\nnamespace DISTRHO_NAMESPACE {\n\n',
    ),
    Insertion(
        "    void checkForLatencyChanges(const bool isActive, const bool fromMainThread)\n",
        """    void setOffline(bool offline) { hobnail_set_offline(fPlugin.getInstancePointer(), offline); }

    bool loadPreset(uint32_t kind, const char* location, const char* key)
    {
        if (! hobnail::daw::clap::load(fHost, fPlugin.getInstancePointer(), kind, location, key))
            return false;
        if (fHostExtensions.params != nullptr)
            fHostExtensions.params->rescan(fHost, CLAP_PARAM_RESCAN_VALUES|CLAP_PARAM_RESCAN_TEXT);
        return true;
    }

""",
    ),
    Insertion(
        "static CLAP_ABI const void* clap_plugin_get_extension(",
        """struct hobnail_clap_render {
    bool (CLAP_ABI* has_hard_realtime_requirement)(const clap_plugin_t*);
    bool (CLAP_ABI* set)(const clap_plugin_t*, int32_t mode);
};
static CLAP_ABI bool hobnail_no_hardware(const clap_plugin_t*) { return false; }
static CLAP_ABI bool hobnail_set_render(const clap_plugin_t* const plugin, const int32_t mode)
{
    static_cast<PluginCLAP*>(plugin->plugin_data)->setOffline(mode != 0);
    return true;
}
static const hobnail_clap_render hobnail_render = { hobnail_no_hardware, hobnail_set_render };
static CLAP_ABI bool hobnail_from_location(
    const clap_plugin_t* const plugin, uint32_t kind, const char* location, const char* key)
{
    return static_cast<PluginCLAP*>(plugin->plugin_data)->loadPreset(kind, location, key);
}
static const hobnail::daw::clap::PresetLoad hobnail_presets = { hobnail_from_location };

""",
    ),
    Insertion(
        "    if (std::strcmp(id, CLAP_EXT_PARAMS) == 0)\n",
        """    if (std::strcmp(id, "clap.render") == 0)
        return &hobnail_render;
    if (hobnail::daw::clap::is_one_of(id, hobnail::daw::clap::kLoadIds))
        return &hobnail_presets;
""",
    ),
    Insertion(
        "    if (std::strcmp(factory_id, CLAP_PLUGIN_FACTORY_ID) == 0)\n",
        """    if (hobnail::daw::clap::is_one_of(factory_id, hobnail::daw::clap::kFactoryIds))
        return &hobnail::daw::clap::kFactory;
""",
    ),
)
INSERTIONS: dict[str, tuple[Insertion, ...]] = {"VST3": _VST3, "CLAP": _CLAP, "LV2": ()}


def write_main(dpf: Path, kind: str, folder: Path) -> Path:
    """The C++ file that holds DPF for one format. Raises BuildError when this DPF is another than what is known."""
    name = f"DistrhoPlugin{kind}.cpp"
    text = (dpf / "src" / name).read_text(encoding="utf-8")
    for insertion in INSERTIONS[kind]:
        if text.count(insertion.anchor) != 1:
            raise BuildError(
                f"{dpf / 'src' / name}: expected {insertion.anchor.strip().splitlines()[0]!r} once,"
                f" found it {text.count(insertion.anchor)} times.",
                cure="Build with DPF of Debian 12 (dpf-source 1.6); a newer one is not known here yet.",
            )
        text = text.replace(insertion.anchor, insertion.text + insertion.anchor)
    (folder / f"hobnail_{name}").write_text(text, encoding="utf-8")
    main = (dpf / "DistrhoPluginMain.cpp").read_text(encoding="utf-8")
    if main.count(f'"src/{name}"') != 1:
        raise BuildError(f"{dpf}: its main file does not hold {name} once.", cure="Build with dpf-source of Debian 12.")
    main = main.replace(f'"src/{name}"', f'"hobnail_{name}"')
    path = folder / f"main_{kind}.cpp"
    path.write_text(main, encoding="utf-8")
    return path
