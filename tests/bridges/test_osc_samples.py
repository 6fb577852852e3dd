"""The DAWs' files: in the form that their programs read, and saying what the bridge understands."""

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from hobnail.commands import SetControl, TriggerEvent
from hobnail.config import parse_config
from hobnail.errors import ConfigError, SessionError
from hobnail.settings import settings_from
from hobnail_bridges.osc.config import Limits, OscConfig
from hobnail_bridges.osc.cues import Cue, read_sheet, send
from hobnail_bridges.osc.packets import OscMessage
from hobnail_bridges.osc.presets.reaper import ReaperPreset
from hobnail_bridges.osc.presets.settings import ReaperSettings
from hobnail_bridges.osc.space import STATES, TRANSPORT, address_tree
from hobnail_bridges.osc.trie import find

from .fake_port import AnsweringPort
from .osc_house import wait_until

REPO = Path(__file__).parent.parent.parent
SAMPLES = REPO / "samples"
PAGE = (REPO / "docs/osc.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("daw", ["reaper", "ableton", "ardour"])
def test_a_sample_configuration_is_understood(daw):
    config = parse_config((SAMPLES / daw / "hobnail.toml").read_bytes())
    settings = settings_from(OscConfig, config.settings("bridges", "osc"), where="[bridge.osc]")
    assert getattr(settings, daw) is not None
    assert "osc" in config.serve.bridges


# --- Reaper ----------------------------------------------------------------------------------------------------------


def reaper_lines():
    text = (SAMPLES / "reaper/Hobnail.ReaperOSC").read_text(encoding="utf-8")
    return [line.split() for line in text.splitlines() if line and not line.startswith("#")]


def test_the_pattern_file_has_reapers_grammar():
    for action, *patterns in reaper_lines():
        assert re.fullmatch(r"[A-Z0-9_]+", action)
        assert patterns
        for pattern in patterns:
            if action.endswith("_COUNT"):
                assert pattern.isdigit()
            elif action.endswith("_FOLLOWS"):
                assert pattern in ("REAPER", "DEVICE", "LAST_TOUCHED", "FOCUSED", "MIXER")
            else:
                assert re.fullmatch(r"[nfbtrsi]/[\w/@]+", pattern)
                assert len(pattern) <= 512


def test_whatever_the_pattern_file_lets_reaper_send_is_understood():
    preset = ReaperPreset(ReaperSettings())
    for _, *patterns in reaper_lines():
        for pattern in patterns:
            if "/" in pattern:
                argument = "foley:footstep" if pattern.startswith("s") else 1.0
                address = pattern[1:].replace("@", "1")
                meant = preset.incoming(OscMessage(address, (argument,)))
                assert meant is not None, pattern
                assert meant or "action" in address or "repeat" in address or "loop" in address, pattern


def test_the_track_template_and_its_effect_belong_together():
    template = (SAMPLES / "reaper/Hobnail.RTrackTemplate").read_text(encoding="utf-8")
    depth = 0
    for line in template.splitlines():
        depth += line.lstrip().startswith("<") - (line.strip() == ">")
        assert depth >= 0
    assert depth == 0
    effect = SAMPLES / "reaper" / re.search(r"<JS (\S+)", template)[1]
    text = effect.read_text(encoding="utf-8")
    sliders = re.findall(r"^slider(\d):(\w+)=0\.5<0,1,", text, re.MULTILINE)
    assert [name for _, name in sliders] == list(ReaperSettings().controls)
    assert text.splitlines()[0] == "desc:Hobnail controls"


REAPER = """
local markers = {
  { false, 0.5, 0.0, "feet:footstep 0.7 gravel" }, { false, 0.75, 0.0, "Verse" },
  { true, 1.0, 2.0, "door:scrape" }, { false, 1.5, 0.0, "feet:footstep" },
}
reaper = {
  EnumProjectMarkers = function(index)
    local m = markers[index + 1]
    if not m then return 0 end
    return index + 1, m[1], m[2], m[3], m[4], index
  end,
  GetProjectLength = function() return 0.1 end,
  CountTracks = function() return 1 end,
  GetTrack = function(_, index) return index end,
  GetTrackName = function() return true, "foley" end,
  TrackFX_GetCount = function() return 1 end,
  TrackFX_GetFXName = function() return true, "JS: Hobnail controls" end,
  GetFXEnvelope = function(_, _, parameter) return parameter == 0 and {} or nil end,
  Envelope_Evaluate = function(_, at) return 1, at < 0.05 and 0.25 or 0.75 end,
  GetProjectPath = function() return FOLDER end,
  ExecProcess = function(command) io.open(FOLDER .. "/command.txt", "w"):write(command); return "0" end,
  ShowConsoleMsg = function() end,
}
"""


def lua():
    return shutil.which("lua5.4") or shutil.which("lua")


@pytest.mark.skipif(not lua(), reason="needs the Debian package lua5.4")
def test_the_script_makes_a_cue_sheet_that_the_server_takes(osc, tmp_path):
    start = tmp_path / "start.lua"
    script = SAMPLES / "reaper/hobnail_cues.lua"
    start.write_text(f"FOLDER = [[{tmp_path}]]\n{REAPER}\ndofile([[{script}]])\n", encoding="utf-8")
    done = subprocess.run([lua(), str(start)], capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    sheet = tmp_path / "hobnail_cues.tsv"
    assert read_sheet(sheet.read_text(encoding="utf-8")) == [
        Cue(0.5, "/hobnail/feet/event/footstep", (0.7, "gravel")),
        Cue(1.0, "/hobnail/door/event/scrape/start"),
        Cue(2.0, "/hobnail/door/event/scrape/stop"),
        Cue(1.5, "/hobnail/feet/event/footstep"),
        Cue(0.0, "/hobnail/foley/pitch", (0.25,)),
        Cue(0.06, "/hobnail/foley/pitch", (0.75,)),
    ]
    command = (tmp_path / "command.txt").read_text(encoding="utf-8")
    assert command == f'"python3" -m hobnail_bridges.osc.cues "{sheet}" --to 127.0.0.1:9700'
    sheet.write_text(sheet.read_text(encoding="utf-8").replace("footstep", "click").replace("scrape", "tone"), "utf-8")
    sent = [sys.executable, "-m", "hobnail_bridges.osc.cues", str(sheet), "--to", f"127.0.0.1:{osc.tcp}"]
    done = subprocess.run(sent, capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stdout) == (0, "6 cues sent, 0 refused\n"), done.stderr
    peer = osc.peer()
    peer.send("/hobnail/transport/play")
    wait_until(lambda: osc.of(TriggerEvent))
    first, second = osc.of(SetControl)
    assert (first.value, second.value) == (0.25, 0.75)
    assert second.at_frame - first.at_frame == 2_880
    assert osc.of(TriggerEvent)[0].at_frame - first.at_frame == 24_000


def test_what_is_wrong_in_a_cue_sheet_is_told(osc):
    for line in ("x\t/a", "1.0", "1.0 /a 2"):
        with pytest.raises(ConfigError, match="line 2"):
            read_sheet(f"# notes\n{line}\n")
    refused = send([Cue(1.0, "/hobnail/feet/nothing"), Cue(1.0, "/hobnail/feet/pitch", (0.5,))], "127.0.0.1", osc.tcp)
    assert len(refused) == 1
    assert "unknown_type" in refused[0]
    with pytest.raises(SessionError, match="Nobody answers"):
        send([], "127.0.0.1", 1)


# --- Ableton ---------------------------------------------------------------------------------------------------------


def test_the_max_patch_is_whole_and_sends_what_is_there():
    patch = json.loads((SAMPLES / "ableton/Hobnail.maxpat").read_text(encoding="utf-8"))["patcher"]
    boxes = {box["box"]["id"]: box["box"] for box in patch["boxes"]}
    for line in patch["lines"]:
        source, outlet = line["patchline"]["source"]
        target, inlet = line["patchline"]["destination"]
        assert outlet < boxes[source]["numoutlets"], line
        assert inlet < boxes[target]["numinlets"], line
    wired = {place for line in patch["lines"] for place, _ in line["patchline"].values()}
    assert wired == {id for id, box in boxes.items() if box["maxclass"] != "comment"}
    texts = " ".join(box.get("text", "") for box in boxes.values())
    assert "udpsend 127.0.0.1 9700" in texts
    tree = address_tree(AnsweringPort().info, tuple)
    for address in re.findall(r"/hobnail/\S+", texts):
        known = address.replace("footstep", "click").replace("texture", "pitch")
        assert find(tree, known), address


# --- the page --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("limit", [name for name in Limits.__struct_fields__ if name != "packets_per_round"])
def test_each_limit_is_printed_with_its_default(limit):
    assert f"| `{limit}` | {getattr(Limits(), limit):,} |" in PAGE


def test_every_address_is_on_the_page():
    transport = PAGE.split("### Transport")[1].split("\n## ")[0]
    for word in (*TRANSPORT, *STATES):
        assert f"/{word}`" in transport, word
    addresses = PAGE.split("## Addresses")[1].split("### Transport")[0]
    tree = address_tree(AnsweringPort().info, tuple)
    top = tree.children["hobnail"]
    for word in (set(top.children) - {"transport", "bus"}) | {"bus/<bus>/gain"}:
        assert f"/hobnail/{word}`" in addresses, word
    for word in set(top.named.children) - {"pitch", "intensity", "event", "feature"}:
        assert f"/{word}`" in addresses, word


def test_the_ports_are_on_the_page():
    assert f"port {OscConfig().port}" in PAGE
    assert f"port {OscConfig().query_port}" in PAGE
