"""Films: decoded with their own times, contacts as events that can be edited, and the picture left as it was."""

import json
from types import SimpleNamespace

import av
import msgspec
import numpy as np
import pytest

from hobnail import Host, RenderError, hookimpl, parse_config
from hobnail.film.decode import read_film
from hobnail.film.motion import WIDTH, motion_of
from hobnail.film.onsets import find_onsets, score
from hobnail.film.picture import weights_over_time
from hobnail.film.score import read_film_score
from hobnail.film.words import event_for, material_for, prompt_range
from hobnail.render import read_timeline, render, write_timeline
from hobnail.testing import FakeEngine

BOUNCES = [24_000, 52_800, 81_600]


def packets(path):
    with av.open(str(path)) as film:
        return [bytes(packet) for packet in film.demux(video=0) if packet.size]


@pytest.fixture(scope="session")
def engine(host):
    return host.build("engines", "procedural").spec


@pytest.fixture(scope="session")
def host():
    return Host.discovered()


def test_pictures_come_with_their_own_times(clip):
    film = read_film(clip("even.mp4"))
    assert film.pictures.shape == (60, 64, 43, 3)
    assert np.abs(np.diff(film.at_frames) - 1_600).max() <= 48
    assert abs(film.frames - 96_000) < 2_000
    assert not film.uneven


def test_a_film_of_uneven_rate_keeps_the_times_of_its_contacts(clip):
    dice = np.random.default_rng(3)
    times = np.unique(np.round(np.sort(np.concatenate([[0.0], dice.uniform(0.0, 2.0, 75)])), 3))
    even, uneven = (read_film(clip("a.mkv")), read_film(clip("b.mkv", times=times)))
    assert uneven.uneven
    motions = [motion_of(film.pictures, film.at_frames, 96_000) for film in (even, uneven)]
    assert motions[0].rows.shape == motions[1].rows.shape == (60, WIDTH)
    found = [[seen.at for seen in find_onsets(each, 96_000)] for each in motions]
    for each in found:
        matched, errors = score(each, BOUNCES)
        assert matched >= 2
        assert np.median(np.abs(errors)) < 1_600


def test_a_film_that_a_phone_turned_is_seen_upright_and_stays_turned(clip, host, tmp_path):
    turned, upright = read_film(clip("turned.mp4", rotate=90)), read_film(clip("upright.mp4"))
    assert turned.rotation == 270
    assert turned.pictures.shape == upright.pictures.shape
    assert np.abs(turned.pictures.astype(int) - upright.pictures).mean() < 4.0
    render(clip("again.mp4", rotate=90), tmp_path / "a.wav", host=host, film=tmp_path / "b.mp4")
    assert read_film(tmp_path / "b.mp4").rotation == 270


def test_a_bounce_is_seen_where_it_happens(clip, engine):
    found = read_film_score(clip("c.mp4"), [prompt_range("a rubber ball dropped on wood")], engine)
    events = found.timeline.events
    assert {event.name for event in events} == {"impact"}
    assert {event.contact.material for event in events} == {"wood"}
    matched, errors = score([event.at for event in events], BOUNCES)
    assert matched == 3
    assert np.median(np.abs(errors)) <= 960  # 20 ms


def test_a_clip_without_motion_is_told_of_and_renders_silence(clip, host, tmp_path):
    done = render(clip("still.mp4", moving=False), tmp_path / "a.wav", host=host)
    assert "No contact was seen" in done.warnings[0]
    assert abs(done.seconds - 2.0) < 0.1


def test_sound_goes_under_the_picture_without_encoding_it_again(clip, host, tmp_path):
    source = clip("d.mp4")
    done = render(source, tmp_path / "a.wav", host=host, film=tmp_path / "a.mp4", picture=tmp_path / "a.png")
    assert sorted(path.name for path in done.files) == ["a.mp4", "a.png", "a.wav"]
    assert packets(tmp_path / "a.mp4") == packets(source)
    with av.open(str(tmp_path / "a.mp4")) as film:
        assert [stream.type for stream in film.streams] == ["video", "audio"]
        heard = np.concatenate([frame.to_ndarray() for frame in film.decode(audio=0)], axis=1)
        assert np.abs(heard).max() > 0.01
        assert abs(heard.shape[1] / 48_000 - 2.0) < 0.1
    assert (tmp_path / "a.png").read_bytes().startswith(b"\x89PNG")


def test_a_film_does_not_take_the_place_of_its_clip(clip, host, tmp_path):
    source = clip("own.mp4")
    before = source.read_bytes()
    with pytest.raises(RenderError, match="is the clip itself"):
        render(source, tmp_path / "a.wav", host=host, film=source.parent / "." / source.name)
    assert source.read_bytes() == before


def test_a_container_that_cannot_hold_the_picture_names_another_one(clip, host, tmp_path):
    with pytest.raises(RenderError, match=r"cannot be written.*webm.*Try \.mkv or \.avi"):
        render(clip("held.mp4"), tmp_path / "a.wav", host=host, film=tmp_path / "a.webm")
    assert list(tmp_path.iterdir()) == []


def test_events_can_be_edited_and_rendered_again(clip, host, engine, tmp_path):
    line = read_film_score(clip("e.mp4"), [], engine).timeline
    moved = msgspec.structs.replace(line.events[0], at=4_800)
    write_timeline(msgspec.structs.replace(line, events=(moved, *line.events[1:])), tmp_path / "a.json")
    render(read_timeline(tmp_path / "a.json"), tmp_path / "a.wav", host=host, attributes=tmp_path / "b.json")
    said = json.loads((tmp_path / "b.json").read_text())["events"]
    assert any(abs(event["onset_frame"] - 4_800) <= 1 for event in said)


@pytest.mark.parametrize(
    ("text", "begin", "end", "words"),
    [
        ("leather boots", 0.0, None, "leather boots"),
        ("2.5-4=rain", 2.5, 4.0, "rain"),
        ("1:05-=a door", 65.0, None, "a door"),
        ("-3=glass", 0.0, 3.0, "glass"),
        ("a well-worn boot", 0.0, None, "a well-worn boot"),
    ],
)
def test_a_prompt_may_say_its_times(text, begin, end, words):
    found = prompt_range(text)
    assert (found.from_s, found.to_s, found.prompt) == (begin, end, words)


def test_words_say_which_event_and_material_is_meant(engine):
    assert event_for("leather boots walking on gravel", engine) == ("footstep", False)
    assert event_for("steady rain on a tin roof", engine) == ("rain", True)
    assert event_for("a thing", engine) == ("impact", False)
    for words, event in {
        "trolley wheels": "roll",
        "running water": "pour",
        "a car trunk": "impact",
        "someone running upstairs": "footstep",
        "high heels": "footstep",
        "a garden gate": "door_close",
        "a dragonfly": "impact",
    }.items():
        assert event_for(words, engine)[0] == event, words
    assert material_for("leather boots walking on gravel", engine) == "gravel"
    assert material_for("a thing", engine) is None


@pytest.mark.parametrize(
    ("words", "material"),
    [
        ("boots on a wooden floor", "wood"),
        ("hardwood", "wood"),
        ("metallic clang", "metal"),
        ("a muddy field", "mud"),
        ("tiled hall", "tile"),
        ("a slice of bread", None),
        ("sandals", None),
        ("a voice in a textile mill", None),
    ],
)
def test_a_material_is_a_word_of_its_own(words, material, engine):
    assert material_for(words, engine) == material


def test_times_of_a_prompt_that_make_no_sense_are_named(clip, host, tmp_path):
    with pytest.raises(RenderError, match=r"'9-3=boots' ends at 3 s"):
        prompt_range("9-3=boots")
    done = render(clip("late.mp4"), tmp_path / "a.wav", host=host, prompts=["0-2=ball on wood", "100-=rain"])
    assert "Prompt 2 begins at 100 s, after the end" in done.warnings[0]
    assert done.events > 0


def test_two_prompts_for_the_same_contacts_are_refused(clip, engine):
    prompts = [prompt_range("0-1.5=boots"), prompt_range("1-2=shoes")]
    with pytest.raises(RenderError, match="overlaps another prompt"):
        read_film_score(clip("f.mp4"), prompts, engine)


@pytest.mark.parametrize("data", [b"", b"not a film at all" * 100, None])
def test_a_corrupt_or_missing_clip_is_named(tmp_path, data, host):
    path = tmp_path / "x.mp4"
    if data is not None:
        path.write_bytes(data)
    with pytest.raises(RenderError, match=r"x\.mp4"):
        render(path, tmp_path / "a.wav", host=host)
    assert not (tmp_path / "a.wav").exists()


def test_a_clip_that_is_cut_off_is_rendered_as_far_as_it_goes(clip, host, tmp_path):
    whole = clip("g.mkv").read_bytes()
    (tmp_path / "cut.mkv").write_bytes(whole[: len(whole) * 2 // 3])
    done = render(tmp_path / "cut.mkv", tmp_path / "a.wav", host=host)
    assert 0.5 < done.seconds < 2.0


def test_a_film_beside_edited_events_can_be_drawn_and_seen_again(clip, host, engine, tmp_path):
    source = clip("h.mp4")
    write_timeline(read_film_score(source, [], engine).timeline, tmp_path / "a.json")
    done = render(
        tmp_path / "a.json",
        tmp_path / "a.wav",
        host=host,
        onto=source,
        film=tmp_path / "a.mp4",
        picture=tmp_path / "a.png",
    )
    assert {path.name for path in done.files} == {"a.wav", "a.mp4", "a.png"}


def test_takes_of_a_film_differ(clip, host, tmp_path):
    source = clip("i.mp4")
    for seed in (1, 2):
        render(source, tmp_path / f"{seed}.wav", host=host, seed=seed)
    assert (tmp_path / "1.wav").read_bytes() != (tmp_path / "2.wav").read_bytes()


def test_an_engine_that_sees_is_shown_the_film_and_what_it_attended_to_is_drawn(clip, tmp_path):
    seen = {}

    class Watcher(FakeEngine):
        def show(self, pictures, at_frames):
            seen["pictures"], seen["at"] = pictures.shape, at_frames[:2].tolist()

        def attention(self):
            return np.array([[24_000, 4_800, 0.2, 0.5, 0.3]])

    @hookimpl
    def hobnail_register_engines(register):
        register("watcher", lambda: Watcher("watcher"), help="Looks.")

    host = Host.discovered(only=["procedural"])
    host.add(SimpleNamespace(hobnail_register_engines=hobnail_register_engines), name="watcher")
    config = parse_config(b'[session]\nengine = "watcher"')
    done = render(clip("j.mp4"), tmp_path / "a.wav", host=host, config=config, picture=tmp_path / "a.png")
    assert seen["pictures"] == (60, 64, 43, 3)
    assert seen["at"][0] == 0
    assert abs(seen["at"][1] - 1_600) <= 48  # the file counts milliseconds
    assert (tmp_path / "a.png").read_bytes().startswith(b"\x89PNG")
    assert done.files


def test_attention_over_time_is_the_mean_of_what_sounds():
    attention = np.array([[0, 1_920, 0.2, 0.5, 0.3], [960, 960, 0.4, 0.1, 0.5], [9_600, 960, 1.0, 0.0, 0.0]])
    found = weights_over_time(attention, 0.3)
    assert found.shape == (15, 3)
    np.testing.assert_allclose(found[[0, 1, 10]], [[0.2, 0.5, 0.3], [0.3, 0.3, 0.4], [1.0, 0.0, 0.0]])
    assert np.isnan(found[2:10]).all()


def test_matching_takes_each_contact_once():
    assert score([100, 110, 5_000], [105, 20_000])[0] == 1
    assert score([], [1]) == (0, [])
