"""The mixer pulled by hand, through the door to Python."""

import gc

import numpy as np
import pytest

from hobnail_native import ClockPage, FrameRing, Mixer, SampleRenderer


def plays(samples: np.ndarray, *, last: bool = True) -> SampleRenderer:
    renderer = SampleRenderer()
    renderer.feed(samples.astype(np.float32), last=last)
    return renderer


def hard_left(**options: int) -> Mixer:
    mixer = Mixer(**({"voices": 8, "emitters": 8, "fifo_frames": 1 << 16} | options))
    for emitter in range(8):
        mixer.set_emitter(emitter, gain=1, pan=-1, distance_m=1, bus=0)
    return mixer


def noise(frames: int, seed: int = 1) -> np.ndarray:
    return (np.random.default_rng(seed).standard_normal(frames) * 0.1).astype(np.float32)


def test_silence_is_stereo_and_moves_the_frame() -> None:
    mixer = Mixer()
    mix = mixer.pull(100)
    assert mix.shape == (100, 2)
    assert mix.dtype == np.float32
    assert not mix.any()
    assert mixer.frame == 128  # whole blocks inside
    assert mixer.pull(0).shape == (0, 2)


@pytest.mark.parametrize("start", [0, 1, 63, 64, 65, 500])
def test_a_voice_starts_at_its_frame_and_is_reported(start: int) -> None:
    mixer = hard_left()
    samples = noise(300)
    samples[0] = 0.5
    assert mixer.open_voice(7, plays(samples), emitter=0, start_frame=start)
    mix = mixer.pull(1000)
    np.testing.assert_array_equal(mix[start : start + 300, 0], samples)
    assert not mix[:start].any()
    assert not mix[start + 300 :].any()
    sounded, ended = mixer.reports()
    assert (sounded.voice, sounded.kind, sounded.frame, sounded.reason) == (7, "sounded", start, "")
    assert (ended.voice, ended.kind, ended.frame, ended.reason) == (7, "ended", start + 300, "finished")
    assert "sounded" in repr(sounded)


@pytest.mark.parametrize("chunk", [1, 63, 64, 65, 512])
def test_any_chunking_of_the_pull_gives_the_same_bits(chunk: int) -> None:
    def mixed(frames_at_once: int) -> np.ndarray:
        mixer = hard_left()
        for voice in range(6):
            mixer.set_emitter(voice, gain=0.5, pan=voice / 5, distance_m=1 + 9 * voice, bus=voice % 3)
            mixer.open_voice(voice, plays(noise(3000, voice)), emitter=voice, start_frame=31 * voice)
        mixer.render_all(1 << 16)
        parts = [mixer.pull(min(frames_at_once, 4000 - at)) for at in range(0, 4000, frames_at_once)]
        return np.concatenate(parts)

    np.testing.assert_array_equal(mixed(chunk), mixed(4000))


@pytest.mark.parametrize("reason", ["finished", "stopped", "stolen", "panic", "removed", "failed"])
def test_a_fade_ends_a_voice_with_its_reason(reason: str) -> None:
    mixer = hard_left()
    mixer.open_voice(1, plays(np.full(5000, 0.5)), emitter=0, start_frame=0)
    mixer.pull(64)
    assert mixer.fade_voice(1, 128, reason)
    mix = mixer.pull(512)
    assert np.abs(np.diff(mix[:, 0])).max() < 0.5 * 1.5 / 128 * 1.02
    assert [(report.kind, report.reason) for report in mixer.reports()] == [("sounded", ""), ("ended", reason)]
    assert not mixer.fade_voice(1, 128, reason)


def test_an_unknown_reason_is_refused() -> None:
    with pytest.raises(ValueError, match='reason is "tired", expected stopped'):
        Mixer().fade_voice(1, 64, "tired")


def test_shortage_is_counted_and_reported_when_it_is_over() -> None:
    mixer = hard_left()
    renderer = plays(noise(100), last=False)
    mixer.open_voice(1, renderer, emitter=0, start_frame=0)
    mixer.pull(256)
    meters = mixer.meters()
    assert (meters.underruns, meters.underrun_frames, meters.voices) == (1, 156, 1)
    renderer.feed(noise(10), last=True)
    assert mixer.render_all(64) == 10
    mixer.pull(128)
    kinds = {report.kind: report for report in mixer.reports()}
    assert (kinds["underrun"].frame, kinds["underrun"].frames) == (100, 156)
    assert kinds["ended"].reason == "finished"


def test_a_voice_that_gives_no_numbers_fails_and_its_neighbour_keeps_every_bit() -> None:
    def neighbour(with_failure: bool) -> np.ndarray:
        mixer = hard_left()
        mixer.open_voice(1, plays(noise(1000)), emitter=0, start_frame=0)
        if with_failure:
            mixer.open_voice(2, plays(np.full(10, np.nan)), emitter=1, start_frame=0)
        mix = mixer.pull(1000)
        assert with_failure == any(report.reason == "failed" for report in mixer.reports())
        return mix

    np.testing.assert_array_equal(neighbour(True), neighbour(False))


def test_lead_falls_as_the_voice_is_mixed_and_is_minus_one_at_the_end() -> None:
    mixer = hard_left()
    mixer.open_voice(1, plays(noise(1000)), emitter=0, start_frame=0)
    assert mixer.lead(1) == 1000
    assert mixer.render_ahead(1, 1000) + 512 == 1000
    mixer.pull(128)
    assert mixer.lead(1) == 872
    mixer.pull(1000)
    assert mixer.lead(1) == -1
    assert mixer.render_ahead(1, 1000) == 0


def test_levels_name_every_open_voice_oldest_first() -> None:
    mixer = hard_left()
    for voice, level in ((5, 0.5), (3, 0.01)):
        mixer.open_voice(voice, plays(np.full(1000, level)), emitter=0, start_frame=0)
    mixer.pull(64)
    (first, loud), (second, quiet) = mixer.levels()
    assert (first, second) == (5, 3)
    assert loud == pytest.approx(0.5)
    assert quiet == pytest.approx(0.01)


def test_without_a_free_slot_a_voice_is_refused() -> None:
    mixer = hard_left(voices=1)
    assert mixer.open_voice(1, plays(noise(64)), emitter=0, start_frame=Mixer.NEXT_BLOCK)
    assert not mixer.open_voice(2, plays(noise(64)), emitter=0, start_frame=Mixer.NEXT_BLOCK)
    with pytest.raises(ValueError, match="voice 1 is already open"):
        mixer.open_voice(1, plays(noise(64)), emitter=0, start_frame=0)
    mixer.pull(256)
    assert mixer.open_voice(2, plays(noise(64)), emitter=0, start_frame=Mixer.NEXT_BLOCK)


def test_taps_carry_one_emitter_in_mono_or_the_mix() -> None:
    mixer = hard_left()
    mono, stereo = FrameRing(1, 512), FrameRing(2, 512)
    mixer.set_tap(0, mono, 3)
    mixer.set_tap(1, stereo)
    mixer.set_emitter(3, gain=0.5, pan=1, distance_m=2, bus=0)
    mixer.open_voice(1, plays(np.full(256, 0.4)), emitter=3, start_frame=0)
    mixer.open_voice(2, plays(np.full(256, 0.2)), emitter=4, start_frame=0)
    mix = mixer.pull(256)
    np.testing.assert_allclose(mono.read(512), 0.1, rtol=1e-6)
    np.testing.assert_array_equal(stereo.read(512), mix)


def test_the_mix_stays_within_full_scale() -> None:
    mixer = hard_left()
    for voice in range(8):
        mixer.open_voice(voice, plays(np.full(2000, 0.9)), emitter=voice, start_frame=0)
    mixer.render_all(2000)
    assert np.abs(mixer.pull(2000)).max() <= 1.0
    meters = mixer.meters()
    assert meters.peak == pytest.approx(7.2, rel=1e-3)
    assert mixer.meters().peak == 0.0


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"rate_hz": 1}, "rate_hz is 1, expected 8000..192000"),
        ({"block_frames": 100}, "block_frames is 100, expected a multiple of 64"),
        ({"voices": 0}, "voices is 0"),
        ({"voices": -1}, "voices is -1"),
        ({"fifo_frames": 1}, "fifo_frames is 1"),
        ({"buses": 0}, "buses is 0"),
    ],
)
def test_absurd_mixers_are_refused(options: dict[str, int], says: str) -> None:
    with pytest.raises(ValueError, match=says):
        Mixer(**options)


def test_wrong_calls_are_refused_and_change_nothing() -> None:
    mixer = hard_left()
    good = {"gain": 1.0, "pan": 0.0, "distance_m": 1.0, "bus": 0}
    for emitter, change, says in [
        (-1, {}, "emitter is -1, expected 0..7"),
        (8, {}, "emitter is 8"),
        (0, {"gain": float("nan")}, "gain is nan"),
        (0, {"gain": -1.0}, "gain is -1"),
        (0, {"pan": 1.01}, "pan is 1.01"),
        (0, {"distance_m": float("inf")}, "distance_m is inf"),
        (0, {"bus": 8}, "bus is 8, expected 0..7"),
    ]:
        with pytest.raises(ValueError, match=says):
            mixer.set_emitter(emitter, **(good | change))
    with pytest.raises(ValueError, match="start_frame is -2"):
        mixer.open_voice(1, plays(noise(1)), emitter=0, start_frame=-2)
    with pytest.raises(ValueError, match=r"index is 8, expected 0\.\.7"):
        mixer.set_output(8, FrameRing(2, 64))
    with pytest.raises(ValueError, match="1 channels, expected 2"):
        mixer.set_output(0, FrameRing(1, 64))
    with pytest.raises(ValueError, match="2 channels, expected 1"):
        mixer.set_tap(0, FrameRing(2, 64), 0)
    with pytest.raises(ValueError, match="frames is -1"):
        mixer.pull(-1)
    with pytest.raises(TypeError):
        mixer.open_voice(1, None, emitter=0, start_frame=0)  # type: ignore[arg-type]
    assert mixer.reports() == []


def test_a_ring_serves_one_place_only() -> None:
    mixer, ring = Mixer(), FrameRing(2, 64)
    mixer.set_output(0, ring)
    mixer.set_output(0, ring)
    with pytest.raises(ValueError, match="already has a mixer writing to it"):
        mixer.set_output(1, ring)
    mixer.set_output(0, None)
    mixer.set_output(1, ring)


def test_a_closed_mixer_lets_everything_go_and_says_so() -> None:
    page, ring = ClockPage(), FrameRing(2, 64)
    mixer = Mixer(clock=page)
    mixer.set_output(0, ring)
    mixer.open_voice(1, plays(noise(1)), emitter=0, start_frame=0)
    mixer.close()
    mixer.close()
    ring.close()
    page.close()
    for call in (mixer.reports, mixer.meters, mixer.stop, lambda: mixer.pull(1), lambda: mixer.set_output(0, None)):
        with pytest.raises(ValueError, match="used after close"):
            call()


def test_a_voice_outlives_the_names_of_its_renderer() -> None:
    mixer = hard_left()
    renderer = plays(np.full(2000, 0.5))
    mixer.open_voice(1, renderer, emitter=0, start_frame=0)
    del renderer
    gc.collect()
    mixer.render_all(2000)
    np.testing.assert_array_equal(mixer.pull(2000)[:, 0], np.full(2000, 0.5, np.float32))
