"""``hobnail codec``: what codecs there are, and what they do to a sound."""

from __future__ import annotations

import math
import time
from pathlib import Path

import click
import numpy as np
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from hobnail.cli.arrays import read_array, write_array
from hobnail.cli.options import configuration
from hobnail.cli.soundfiles import read_mono, write_mono
from hobnail.contracts import Codec, CodecSpec, Float32
from hobnail.errors import CodecError, HobnailError

_CODEC = click.option("--codec", "codec_id", default="linear", show_default=True, metavar="ID", help="Which codec.")
_CONFIG = click.option(
    "--config", type=click.Path(path_type=Path), help="TOML file; its [component.ID] table is obeyed."
)
_SEED = click.option("--seed", default=0, show_default=True, type=click.IntRange(min=0), help="Of the chance in it.")
_FILE = click.Path(path_type=Path)


@click.group("codec")
def command() -> None:
    """Sound to small latents and back: hear what a codec keeps."""


@command.command("list")
@_CONFIG
def list_codecs(config: Path | None) -> None:
    """List the codecs that plug-ins offer."""
    settings, host = configuration(config, None, (), ())
    table = Table(box=None, pad_edge=False)
    for heading in ("codec", "rate", "latents/s", "numbers", "lookahead", "lag", "about"):
        table.add_column(heading, overflow="fold")
    for offer in host.offers("components"):
        try:
            built = host.build("components", offer.id, settings.settings("components", offer.id))
        except HobnailError as error:
            table.add_row(escape(offer.id), "-", "-", "-", "-", "-", escape(str(error)))
            continue
        if isinstance(built, Codec):
            table.add_row(escape(offer.id), *_numbers(built.spec), escape(built.spec.help))
    Console().print(table)


@command.command()
@click.argument("source", type=_FILE)
@click.argument("target", type=_FILE)
@_CODEC
@_SEED
@_CONFIG
def roundtrip(source: Path, target: Path, codec_id: str, seed: int, config: Path | None) -> None:
    """Encode SOURCE and decode it into TARGET (.wav or .flac): mono, at SOURCE's rate."""
    codec = _built(codec_id, config)
    rate_hz, sound = read_mono(source, codec.spec.rate_hz)
    began = time.perf_counter()
    latents, _ = codec.encode(sound, codec.begin_encoding(), last=True)
    encoded = time.perf_counter()
    samples, _ = codec.decode(latents, codec.begin_decoding(seed), last=True)
    decoded = time.perf_counter()
    write_mono(target, samples[: len(sound)], codec.spec.rate_hz, rate_hz)
    seconds, spec = len(sound) / codec.spec.rate_hz, codec.spec
    console = Console(highlight=False, soft_wrap=True)
    console.print(
        f"Wrote {escape(str(target))}: {seconds:.2f} s as {len(latents)} latents of {spec.dimensions} numbers"
        f" ({spec.latents_hz:.2f} a second); {_peaks(sound, samples)}."
    )
    console.print(
        f"Encoding ran {seconds / (encoded - began):.0f} times faster than real time, decoding"
        f" {seconds / (decoded - encoded):.0f} times. A voice that goes on follows its latents by"
        f" {_ms(spec.lag_frames, spec)}; encoding looks {_ms(spec.lookahead_frames, spec)} ahead."
    )


@command.command()
@click.argument("source", type=_FILE)
@click.argument("target", type=_FILE)
@_CODEC
@_CONFIG
def encode(source: Path, target: Path, codec_id: str, config: Path | None) -> None:
    """Encode SOURCE into latents, a float32 array [hops, dimensions] in the .npy file TARGET."""
    codec = _built(codec_id, config)
    _, sound = read_mono(source, codec.spec.rate_hz)
    latents, _ = codec.encode(sound, codec.begin_encoding(), last=True)
    write_array(target, latents)
    click.echo(f"Wrote {target}: {len(latents)} latents of {codec.spec.dimensions} numbers.")


@command.command()
@click.argument("source", type=_FILE)
@click.argument("target", type=_FILE)
@_CODEC
@_SEED
@_CONFIG
def decode(source: Path, target: Path, codec_id: str, seed: int, config: Path | None) -> None:
    """Decode the latents in the .npy file SOURCE into TARGET (.wav or .flac), at the codec's rate."""
    codec = _built(codec_id, config)
    latents = read_array(source, columns=codec.spec.dimensions)
    samples, _ = codec.decode(latents, codec.begin_decoding(seed), last=True)
    write_mono(target, samples, codec.spec.rate_hz, codec.spec.rate_hz)
    click.echo(f"Wrote {target}: {len(samples) / codec.spec.rate_hz:.2f} s.")


def _built(id: str, config: Path | None) -> Codec:
    settings, host = configuration(config, None, (), ())
    built = host.build("components", id, settings.settings("components", id))
    if not isinstance(built, Codec):
        raise CodecError(f"component {id!r} is a {built.kind}, expected a codec.", cure="See `hobnail codec list`.")
    built.prepare()
    return built


def _numbers(spec: CodecSpec) -> tuple[str, ...]:
    return (
        f"{spec.rate_hz} Hz",
        f"{spec.latents_hz:.2f}",
        str(spec.dimensions),
        _ms(spec.lookahead_frames, spec),
        _ms(spec.lag_frames, spec),
    )


def _ms(frames: int | None, spec: CodecSpec) -> str:
    return "the whole sound" if frames is None else f"{1000.0 * frames / spec.rate_hz:.1f} ms"


def _peaks(sound: Float32, samples: Float32) -> str:
    before, after = (20.0 * math.log10(max(1e-9, float(np.abs(x).max(initial=0.0)))) for x in (sound, samples))
    clipped = ", clipped in the file" if after > 0.0 else ""
    return f"peak {before:.1f} dBFS before, {after:.1f} after{clipped}"
