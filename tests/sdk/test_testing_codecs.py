"""The rules of codecs let a good one through, and name the rule that a bad one breaks."""

from types import SimpleNamespace

import numpy as np
import pytest

from hobnail import Host, PluginError, hookimpl
from hobnail.contracts import CodecSpec
from hobnail.testing import ConformanceError, check_codec, check_plugin

HOP = 48


class Blocks:
    """Keeps every sample: a latent is a hop of sound. Right unless told otherwise."""

    kind = "codec"

    def __init__(self, fault="", **changes):
        self.fault = fault
        numbers = {"id": "blocks", "help": "", "rate_hz": 48_000, "hop_frames": HOP, "dimensions": HOP}
        self.spec = CodecSpec(**{**numbers, "lookahead_frames": 0, "lag_frames": 0, **changes})
        self.forgotten = 0

    def prepare(self):
        pass

    def begin_encoding(self):
        return np.zeros(0, np.float32)

    def encode(self, samples, state, *, last=False):
        if self.fault == "scribbles":
            samples[:1] = 0.0
        sound = np.concatenate([state, samples])
        if last:
            sound = np.concatenate([sound, np.zeros(-len(sound) % HOP, np.float32)])
        hops = len(sound) // HOP
        if self.fault == "waits" and not last:
            hops = max(0, hops - 1)
        latents = sound[: hops * HOP].reshape(hops, HOP)
        if self.fault == "doubles":
            latents = latents.astype(np.float64)
        if self.fault == "drops":
            latents = latents[: len(latents) - 1] if last else latents
        return latents, np.zeros(0, np.float32) if self.fault == "forgets" else sound[hops * HOP :]

    def begin_decoding(self, seed):
        return seed

    def decode(self, latents, state, *, last=False):
        if self.fault == "dice":
            return np.random.default_rng().standard_normal(latents.size).astype(np.float32), state
        samples = latents.reshape(-1)
        if self.fault == "per call" and len(samples):
            samples = samples - samples.mean(dtype=np.float32)
        return samples.astype(np.float32), state


def test_a_right_codec_passes():
    check_codec(Blocks())


@pytest.mark.parametrize(
    ("fault", "rule"),
    [
        ("scribbles", "inputs stay"),
        ("doubles", "latents"),
        ("drops", "latents"),
        ("forgets", "whole and streamed agree"),
        ("waits", "lookahead"),
        ("dice", "determinism"),
        ("per call", "whole and streamed agree"),
    ],
)
def test_a_codec_with_one_fault_is_told_the_rule(fault, rule):
    with pytest.raises(ConformanceError) as caught:
        check_codec(Blocks(fault))
    assert caught.value.rule == rule


def test_a_codec_that_wants_the_whole_promises_nothing_earlier():
    check_codec(Blocks("waits", lookahead_frames=None))


def test_a_codec_whose_arithmetic_depends_on_the_chunk_may_be_given_a_tolerance():
    check_codec(Blocks("per call"), tolerance=0.5)


def test_something_else_is_told_what_it_lacks():
    with pytest.raises(ConformanceError, match="rule 'contract'"):
        check_codec(SimpleNamespace(kind="codec"))


def offering(codec, id="blocks"):
    @hookimpl
    def hobnail_register_components(register):
        register(id, lambda: codec, help="Keeps every sample.")

    return SimpleNamespace(hobnail_register_components=hobnail_register_components)


def test_a_plugin_may_offer_a_codec():
    assert check_plugin(offering(Blocks())) == ("component.blocks",)
    with pytest.raises(ConformanceError, match="whole and streamed agree"):
        check_plugin(offering(Blocks("forgets")))


@pytest.mark.parametrize(
    ("codec", "problem"),
    [
        (
            SimpleNamespace(kind="codec", spec=None),
            "lacks begin_decoding, begin_encoding, decode, encode, prepare",
        ),
        (Blocks(id="other"), "spec.id is 'other', expected 'blocks'"),
        (Blocks(hop_frames=0), "hop_frames 0"),
        (Blocks(lag_frames=-1), "lag_frames -1"),
    ],
)
def test_the_host_refuses_a_codec_that_breaks_its_contract(codec, problem):
    host = Host()
    host.add(offering(codec), "codecs")
    with pytest.raises(PluginError, match=problem):
        host.build("components", "blocks")
