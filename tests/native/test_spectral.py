"""The codecs' native renderer, through its binding: what it refuses, and what it promises."""

import numpy as np
import pytest

from hobnail_native import Mixer, SpectralRenderer, SpectralRowDecoder, SpectralRowMap, SpectralWorkshop

CENTRES_HZ = [100.0, 1000.0, 4000.0, 12000.0]


def workshop(**changes):
    return SpectralWorkshop(CENTRES_HZ, **changes)


def rows(count, width):
    return np.random.default_rng(1).uniform(-9.0, -3.0, (count, width)).astype(np.float32)


def voice(seed, told, **changes):
    renderer = SpectralRenderer(workshop(**changes), seed)
    renderer.feed(told, last=True)
    return renderer.render(1 << 20)


def test_a_workshop_says_how_wide_a_row_is_and_how_long_the_lag():
    assert (workshop().row, workshop(partials=3).row) == (8, 14)
    assert workshop().lag == 384
    assert workshop(size=512).lag == 128


def test_every_hop_gives_its_samples_and_the_same_seed_the_same_ones():
    sound = voice(7, rows(6, 8))
    assert sound.dtype == np.float32
    assert sound.shape == (6 * 512,)
    assert np.array_equal(sound, voice(7, rows(6, 8)))
    assert not np.array_equal(sound, voice(8, rows(6, 8)))


def test_rows_come_and_samples_go_in_any_pieces():
    told = rows(5, 8)
    renderer = SpectralRenderer(workshop(), 3)
    parts = []
    for hop in range(5):
        renderer.feed(told[hop : hop + 1], last=hop == 4)
        while len(part := renderer.render(77)):
            parts.append(part)
    assert renderer.finished
    assert np.array_equal(np.concatenate(parts), voice(3, told))


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_a_row_that_is_not_finite_is_refused_and_nothing_is_taken(value):
    told = rows(3, 8)
    told[1, 5] = value
    renderer = SpectralRenderer(workshop(), 1)
    with pytest.raises(ValueError, match=r"rows\[1, 5\] is not a finite number"):
        renderer.feed(told)
    renderer.feed(rows(1, 8), last=True)
    assert len(renderer.render(4096)) == 512


@pytest.mark.parametrize("shape", [(8,), (2, 7), (2, 9), (1, 2, 8)])
def test_rows_of_another_shape_are_refused_by_name(shape):
    with pytest.raises(ValueError, match=r"expected \[hops, 8\]"):
        SpectralRenderer(workshop(), 1).feed(np.zeros(shape, np.float32))


def test_a_voice_that_was_told_its_last_row_takes_no_more():
    renderer = SpectralRenderer(workshop(), 1)
    renderer.feed(rows(1, 8), last=True)
    with pytest.raises(ValueError, match="fed after last=True"):
        renderer.feed(rows(1, 8))


@pytest.mark.parametrize(
    ("changes", "named"),
    [({"size": 1000}, "size is 1000"), ({"hop": 511}, "hop is 511"), ({"partials": 17}, "partials is 17")],
)
def test_a_format_that_cannot_be_is_refused_with_the_field(changes, named):
    with pytest.raises(ValueError, match=named):
        workshop(**changes)


def test_frames_of_two_sizes_share_the_sound_without_a_seam():
    flat = np.full((60, 8), np.log(0.01), np.float32)
    renderer = SpectralRenderer(workshop(short_size=512, split_hz=1500.0), 3)
    renderer.feed(flat, last=True)
    sound = renderer.render(1 << 20)[1024:-1024]
    spectrum = np.abs(np.fft.rfft(sound.reshape(-1, 1024)[:, :] * np.hanning(1024))) ** 2
    level = spectrum.mean(axis=0) / np.square(np.hanning(1024)).sum()
    assert sound.std() == pytest.approx(0.1, rel=0.03)
    assert level[8:500].reshape(-1, 12).mean(axis=1) == pytest.approx(np.full(41, 0.01), rel=0.35)


@pytest.mark.parametrize(("short_size", "split_hz"), [(2048, 1500.0), (512, 0.0), (256, 1500.0), (500, 1500.0)])
def test_short_frames_that_cannot_be_are_refused(short_size, split_hz):
    with pytest.raises(ValueError, match="size"):
        workshop(short_size=short_size, split_hz=split_hz)


def test_bands_that_do_not_rise_are_refused():
    with pytest.raises(ValueError, match=r"centres_hz\[1\]"):
        SpectralWorkshop([1000.0, 500.0])


def test_the_mixer_plays_a_voice_that_is_told_hop_by_hop():
    told = rows(6, 8)
    renderer = SpectralRenderer(workshop(), 3)
    mixer = Mixer()
    renderer.feed(told[:2])
    assert mixer.open_voice(1, renderer, emitter=0, start_frame=64)
    heard = [mixer.pull(256)]
    for hop in range(2, 6):
        renderer.feed(told[hop : hop + 1], last=hop == 5)
        mixer.render_all(4096)
        heard.append(mixer.pull(512))
    heard.append(mixer.pull(1024))
    mix = np.concatenate(heard)
    expected = voice(3, told)
    gain = mix[64 + 100, 0] / expected[100]
    assert not mix[:64].any()
    assert np.abs(mix[64 : 64 + len(expected), 0] - gain * expected).max() < 1e-5
    assert {report.kind for report in mixer.reports()} <= {"sounded", "ended"}
    mixer.close()


def row_map(**changes):
    given = {
        "kept": 1,
        "partials": 0,
        "floor": 1e-7,
        "mean": [-4.0, -5.0],
        "components": np.array([[2.0, 1.0], [0.5, -1.0]], np.float32),
        "shares": np.array([[0.0, 0.0, 1.0, 0.0]] * 2, np.float32),
        "partial_mean": (6.0, -5.0),
        "partial_spread": (0.5, 4.0),
    }
    return SpectralRowMap(**{**given, **changes})


def test_a_row_decoder_gives_rows_of_its_map():
    without_chance = row_map(shares=np.zeros((2, 4), np.float32))
    rows = SpectralRowDecoder(without_chance, 1).decode(np.array([[0.0], [0.5]], np.float32))
    assert rows == pytest.approx(np.array([[-4.0, -5.0], [-3.0, -4.5]]), abs=1e-4)


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"kept": 3}, "kept is 3"),
        ({"components": np.zeros((1, 2), np.float32)}, "components"),
        ({"shares": np.zeros((2, 3), np.float32)}, "shares"),
        ({"floor": 0.0}, "floor"),
    ],
)
def test_a_row_map_that_cannot_be_is_refused_with_the_field(changes, named):
    with pytest.raises(ValueError, match=named):
        row_map(**changes)


def test_latents_that_are_not_finite_are_refused_by_place():
    with pytest.raises(ValueError, match=r"latents\[1, 0\] is not a finite number"):
        SpectralRowDecoder(row_map(), 1).decode(np.array([[0.0], [np.nan]], np.float32))
