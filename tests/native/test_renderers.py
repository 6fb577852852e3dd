"""SampleRenderer at the door to Python."""

import numpy as np
import pytest

from hobnail_native import SampleRenderer, VoiceRenderer


def noise(frames: int) -> np.ndarray:
    return np.random.default_rng(frames).standard_normal(frames).astype(np.float32)


def test_it_plays_what_it_is_fed_and_then_is_finished() -> None:
    renderer = SampleRenderer()
    renderer.feed(noise(100))
    renderer.feed(noise(50), last=True)
    assert not renderer.finished
    np.testing.assert_array_equal(renderer.render(1000), np.concatenate([noise(100), noise(50)]))
    assert renderer.finished
    assert renderer.render(10).shape == (0,)


@pytest.mark.parametrize("chunk", [1, 63, 64, 65, 100_000])
def test_any_chunking_gives_the_same_samples(chunk: int) -> None:
    samples = noise(20_000)
    renderer = SampleRenderer()
    got = []
    for start in range(0, len(samples), 700):
        renderer.feed(samples[start : start + 700], last=start + 700 >= len(samples))
        while len(part := renderer.render(chunk)):
            got.append(part)
    np.testing.assert_array_equal(np.concatenate(got), samples)


def test_without_enough_it_gives_what_it_has_and_waits() -> None:
    renderer = SampleRenderer()
    renderer.feed(noise(10))
    assert len(renderer.render(64)) == 10
    assert not renderer.finished


def test_feeding_after_the_last_is_an_error() -> None:
    renderer = SampleRenderer()
    renderer.feed(noise(1), last=True)
    with pytest.raises(ValueError, match="after last=True"):
        renderer.feed(noise(1))


def test_wrong_arrays_are_refused() -> None:
    with pytest.raises(TypeError, match="expected float32, found float64"):
        SampleRenderer().feed(np.zeros(3))  # type: ignore[arg-type]
    with pytest.raises(ValueError, match=r"shape \[3, 2\], expected \[frames\]"):
        SampleRenderer().feed(np.zeros((3, 2), np.float32))
    with pytest.raises(ValueError, match="frames is -1"):
        SampleRenderer().render(-1)


def test_the_contract_itself_cannot_be_made() -> None:
    with pytest.raises(TypeError):
        VoiceRenderer()
