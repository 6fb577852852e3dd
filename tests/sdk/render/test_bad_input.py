"""What goes wrong costs itself and nothing else: no half file, no harm to other stems, takes and jobs."""

import os
import shutil
import signal
import subprocess
import sys
from functools import partial

import mido
import msgspec
import numpy as np
import pytest

from hobnail import Contact, EmitterSettings, RenderError
from hobnail.render import PromptRange, Timeline, TimelineEvent, read_chain, render, write_timeline

POSIX = pytest.mark.skipif(sys.platform == "win32", reason="signals and mounts of POSIX systems")


def hobnail(*arguments, cwd, before=(), **more):
    return subprocess.Popen(
        [*before, sys.executable, "-m", "hobnail", "render", *arguments],
        cwd=cwd,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        **more,
    )


@pytest.mark.parametrize("name", ["no.toml", "no.json", "no.mid", "no.hobnail", "no.mp4", "no.trace"])
def test_a_missing_file_of_any_kind_is_named(name, host, tmp_path):
    with pytest.raises(Exception, match=name.replace(".", r"\.")) as caught:
        render(tmp_path / name, tmp_path / "a.wav", host=host)
    assert isinstance(caught.value, RenderError) or "Error" in type(caught.value).__name__
    assert list(tmp_path.iterdir()) == []


def test_an_event_after_the_end_is_left_out_and_the_rest_sounds(steps, host, tmp_path):
    late = TimelineEvent(at_s=9.0, emitter="boots", name="footstep")
    done = render(msgspec.structs.replace(steps, events=(*steps.events, late)), tmp_path / "a.wav", host=host)
    assert "1 of 5 events come after the end" in done.warnings[0]
    assert done.events == 4
    render(steps, tmp_path / "b.wav", host=host)
    assert (tmp_path / "a.wav").read_bytes()[-96_000:] == (tmp_path / "b.wav").read_bytes()[-96_000:]


def test_overlapping_prompts_are_named(steps, host, tmp_path):
    twice = (PromptRange(prompt="a", to_s=1.0), PromptRange(prompt="b", from_s=0.5))
    with pytest.raises(RenderError, match=r"prompts\[1\]: overlaps prompts\[0\].*0\.5 s to 1 s"):
        render(msgspec.structs.replace(steps, prompts=twice), tmp_path / "a.wav", host=host)
    assert list(tmp_path.iterdir()) == []


def test_a_seed_gives_other_takes_of_any_input(steps, host, tmp_path):
    file = mido.MidiFile(ticks_per_beat=480)
    file.tracks.append(mido.MidiTrack([mido.Message("note_on", note=36, velocity=90, time=240)]))
    file.save(tmp_path / "a.mid")
    for source in (steps, tmp_path / "a.mid"):
        sounds = []
        for number, seed in enumerate((1, 1, 2)):
            render(source, tmp_path / f"{number}.wav", host=host, seed=seed)
            sounds.append((tmp_path / f"{number}.wav").read_bytes())
        assert sounds[0] == sounds[1] != sounds[2]


def test_events_are_written_with_the_sound_or_not_at_all(steps, host, tmp_path):
    quiet = Timeline(duration_s=1.0, emitters={"a": EmitterSettings()})
    with pytest.raises(RenderError, match="too quiet"):
        render(quiet, tmp_path / "a.wav", host=host, events=tmp_path / "a.json", loudness_lufs=-23.0)
    assert list(tmp_path.iterdir()) == []
    done = render(steps, tmp_path / "a.wav", host=host, events=tmp_path / "a.json")
    assert {path.name for path in done.files} == {"a.wav", "a.json"}


@pytest.mark.parametrize("asked", [{"events": "a.json", "attributes": "a.json"}, {"attributes": "a.wav"}])
def test_two_files_of_one_name_are_refused_before_anything_is_played(asked, steps, host, tmp_path):
    with pytest.raises(RenderError, match="two files of this render"):
        render(steps, tmp_path / "a.wav", host=host, **{name: tmp_path / path for name, path in asked.items()})
    assert list(tmp_path.iterdir()) == []


def test_a_place_for_events_that_cannot_be_written_is_told_before_anything_is_played(steps, host, tmp_path):
    played = []
    with pytest.raises(RenderError, match=r"a\.json: cannot be created"):
        render(steps, tmp_path / "a.wav", host=host, events=tmp_path / "none/a.json", advance=played.append)
    assert played == list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("asked", [{"film": "a.mp4"}, {"picture": "a.png"}, {"events": "a.txt"}])
def test_what_cannot_be_made_of_an_input_is_told_before_it_is_played(asked, steps, host, tmp_path):
    with pytest.raises(RenderError):
        render(steps, tmp_path / "a.wav", host=host, **{name: tmp_path / path for name, path in asked.items()})
    assert list(tmp_path.iterdir()) == []


def test_a_vst3_that_is_not_there_costs_no_render(steps, tmp_path, host):
    (tmp_path / "chain.toml").write_text('[[stems.boots]]\neffect = "vst3"\npath = "no.vst3"\n')
    with pytest.raises(Exception, match=r"no\.vst3"):
        render(steps, tmp_path / "a.wav", host=host, chain=read_chain(tmp_path / "chain.toml"))
    assert not (tmp_path / "a.wav").exists()


@POSIX
@pytest.mark.parametrize("sent", [signal.SIGINT, signal.SIGTERM])
def test_a_render_that_is_interrupted_leaves_nothing(sent, tmp_path):
    emitters = {f"e{number}": EmitterSettings() for number in range(8)}
    gravel = Contact(material="gravel")
    events = tuple(
        TimelineEvent(at_s=0.05 * n, emitter=f"e{n % 8}", name="footstep", contact=gravel) for n in range(3_000)
    )
    write_timeline(Timeline(duration_s=900.0, emitters=emitters, events=events), tmp_path / "long.json")
    ours = partial(signal.signal, signal.SIGINT, signal.SIG_DFL)  # whoever started the tests may ignore Ctrl-C
    process = hobnail("long.json", "-o", "a.wav", "--stems", cwd=tmp_path, preexec_fn=ours)
    while len(list(tmp_path.iterdir())) < 2 and process.poll() is None:  # it has begun: the part is there
        pass
    process.send_signal(sent)
    _, said = process.communicate(timeout=60)
    assert process.returncode != 0
    assert "Traceback" not in said
    assert [path.name for path in tmp_path.iterdir()] == ["long.json"]


@POSIX
@pytest.mark.skipif(shutil.which("unshare") is None, reason="a small disk of its own needs unshare (util-linux)")
def test_a_disk_that_is_full_leaves_nothing(steps, tmp_path):
    disk = tmp_path / "disk"
    disk.mkdir()
    write_timeline(steps, tmp_path / "steps.json")
    script = f'mount -t tmpfs -o size=200k none "{disk}" && "$@"; code=$?; ls -A "{disk}" >&2; exit $code'
    inside = ["unshare", "--mount", "--map-root-user", "sh", "-c", script, "sh"]
    if subprocess.run([*inside, "true"], capture_output=True, check=False).returncode:
        pytest.skip("no namespace of its own is allowed here")
    process = hobnail("steps.json", "-o", str(disk / "a.wav"), "--stems", cwd=tmp_path, before=inside)
    _, said = process.communicate(timeout=60)
    assert process.returncode == 1, said
    assert "cannot be written: No space left on device" in said
    assert said.rstrip().splitlines()[-1].endswith("another disk.")  # and nothing is listed after it
    process = hobnail(
        "steps.json", "-o", str(disk / "a.wav"), "--samples", "pcm16", "--json", cwd=tmp_path, before=inside
    )
    _, said = process.communicate(timeout=60)
    assert "a.wav" in said or process.returncode == 1


def test_takes_have_files_of_their_own(steps, tmp_path):
    write_timeline(steps, tmp_path / "steps.json")
    process = hobnail(
        "steps.json", "-o", "a.wav", "--takes", "2", "--attributes", "b.json", "--events", "c.json", cwd=tmp_path
    )
    _, said = process.communicate(timeout=60)
    assert process.returncode == 0, said
    made = {path.name for path in tmp_path.iterdir()} - {"steps.json"}
    assert made == {
        f"{name}.take0{take}.{kind}" for name, kind in (("a", "wav"), ("b", "json"), ("c", "json")) for take in (1, 2)
    }
    assert (tmp_path / "a.take01.wav").read_bytes() != (tmp_path / "a.take02.wav").read_bytes()
    seeds = [msgspec.json.decode((tmp_path / f"c.take0{take}.json").read_bytes()).get("seed", 0) for take in (1, 2)]
    assert seeds == sorted(set(seeds)), os.listdir(tmp_path)
    assert np.diff(seeds).tolist() == [1]
