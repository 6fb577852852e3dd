"""A small corpus with all that a feed is made of, a codec whose latents show what they were made from, and its feed."""

import zlib
from dataclasses import replace

import msgspec
import numpy as np
import pytest
import soundfile

from hobnail.contracts import CodecSpec
from hobnail_trainer.corpus import Source, write_manifest
from hobnail_trainer.corpus.pack import PackWriter, open_pack
from hobnail_trainer.corpus.recorded import pack_recordings
from hobnail_trainer.feed import Request, open_feed, prepare
from hobnail_trainer.scenes import CorpusSource, SceneMaker, SceneSettings, Shelf, write_scene

from ..tiny_corpus import RATE_HZ, make_clip, manifest_of, noise, tiny_clips

HOP = 512
FREE = ("public-domain", "permissive", "cc-by", "cc-by-sa")


class QuarterCodec:
    """A latent holds the mean level of each quarter of its hop, less 0.5: silence is -0.5 four times."""

    kind = "codec"
    spec = CodecSpec(
        id="quarters",
        help="four levels a hop",
        rate_hz=RATE_HZ,
        hop_frames=HOP,
        dimensions=4,
        lookahead_frames=0,
        lag_frames=0,
    )

    def prepare(self):
        pass

    def begin_encoding(self):
        return None

    def encode(self, samples, state, *, last=False):
        padded = np.pad(samples, (0, -len(samples) % HOP))
        return (np.abs(padded).reshape(-1, 4, HOP // 4).mean(axis=2) - 0.5).astype(np.float32), state

    def begin_decoding(self, seed):
        return None

    def decode(self, latents, state, *, last=False):
        raise NotImplementedError


class LetterWords:
    """A token for each word: the number of its letters, and then each letter's place in the alphabet."""

    def encode(self, text):
        tokens = np.zeros((min(12, len(text.split())), 128), np.float32)
        for row, word in zip(tokens, text.split(), strict=False):
            row[0] = len(word)
            row[1 : 1 + len(word)] = [(ord(letter) % 32) / 32.0 for letter in word[:127]]
        return tokens


def recorded():
    """(clip, samples): the tiny recordings, one under the GPL, and notes; no two sound alike."""
    made = []
    for number, (clip, samples) in enumerate(tiny_clips()):
        level = 0.1 + 0.002 * number
        shape = np.exp(-np.arange(samples.size) / 3000.0) if clip.frames < RATE_HZ else 1.0
        sound = np.clip(noise(number, samples.size, level) * shape, -1.0, 1.0).astype(np.float32)
        changed = {"family_gain_db": 3.0} if number % 2 else {}
        made.append((make_clip(clip.id, *_same(clip), frames=clip.frames, onsets=clip.onset_frames, **changed), sound))
    for split in ("train", "validation", "test"):
        made.append(_one(f"{split}-stolen", "impact", "a stolen hit", split, 101, licence="GPL-2.0"))
        made.append(_one(f"{split}-bell", "note", "a bell, A4, soft", split, 102, origin="note"))
    return sorted(made, key=lambda pair: pair[0].id)


def _seed(*names):
    """No two recordings are alike, in no two splits."""
    return zlib.crc32(repr(names).encode())


def _same(clip):
    return clip.category, clip.captions.exact, clip.materials, clip.split


def _one(id, category, caption, split, seed, **fields):
    clip = make_clip(id, category, caption, (), split, frames=9600, onsets=(0,), **fields)
    return clip, np.clip(noise(_seed(split, seed), 9600, 0.1), -1.0, 1.0)


def composed(split, licence="CC0-1.0", source="a-hammer-on-wood-0", name="sequence"):
    """Two hits, five seconds of silence between, and a second of silence behind."""
    samples = np.zeros(6 * RATE_HZ, np.float32)
    for at in (0, 4 * RATE_HZ):
        samples[at : at + 4800] = noise(_seed(split, name, at), 4800, 0.2)
    samples = np.clip(samples, -1.0, 1.0)
    clip = make_clip(
        f"{split}-{name}",
        "impact",
        "two hammer blows",
        ("wood",),
        split,
        frames=samples.size,
        onsets=(0, 4 * RATE_HZ),
        origin="composed",
        licence=licence,
        sources=(Source(clip=f"{split}-{source}"),),
    )
    return clip, samples


def paired(split, number, changes):
    clip = make_clip(
        f"{split}-a-hammer-on-wood-0/{number}",
        "impact",
        "a hammer on wood",
        ("wood",),
        split,
        frames=6000,
        onsets=(0,),
        origin="augmented",
        sources=(Source(clip=f"{split}-a-hammer-on-wood-0"),),
        changes=changes,
    )
    return clip, np.clip(noise(_seed(split, number), 6000, 0.2), -1.0, 1.0)


def write_corpus(folder):
    """FLAC, manifest and packs."""
    made = recorded()
    for clip, samples in made:
        (folder / clip.audio).parent.mkdir(parents=True, exist_ok=True)
        soundfile.write(folder / clip.audio, samples, RATE_HZ, format="FLAC", subtype="PCM_16")
    write_manifest(manifest_of([clip for clip, _ in made]), folder)
    manifest = pack_recordings(folder, tell=lambda _: None)
    packs = {"composed": [], "pairs": []}
    for split in ("train", "validation", "test"):
        packs["composed"] += [composed(split), composed(split, source="stolen", name="laundered")]
        packs["pairs"] += [
            paired(split, 0, {"pitch_semitones": 6.0, "size_ratio": 0.7}),
            paired(split, 1, {"intensity": -0.25, "level_db": -3.0}),
            paired(split, 2, {"texture": 0.75}),
        ]
    for name, clips in packs.items():
        with PackWriter(folder / "packs" / name, title=name, recipe="test", seed=1, known=manifest) as writer:
            for clip, samples in sorted(clips, key=lambda pair: pair[0].id):
                writer.add(clip, samples)
            writer.finish()
    return folder


@pytest.fixture(scope="session")
def corpus(tmp_path_factory):
    return write_corpus(tmp_path_factory.mktemp("feed-corpus"))


@pytest.fixture(scope="session")
def scenes(corpus, tmp_path_factory):
    """Two short scenes of free recordings in train, one in validation; and in train one that used a GPL recording."""
    root = tmp_path_factory.mktemp("feed-scenes")
    settings = SceneSettings(duration_s=2.0, picture_px=16, situations=("walk", "door"))
    for split, count in (("train", 2), ("validation", 1)):
        maker = SceneMaker(Shelf(CorpusSource(corpus, licences=FREE), split), settings)
        for seed in range(count):
            write_scene(maker.make(seed), root)
    scene = SceneMaker(Shelf(CorpusSource(corpus, licences=FREE), "train"), settings).make(12)
    used = (msgspec.structs.replace(scene.card.used[0], clip="train-stolen"), *scene.card.used[1:])
    write_scene(replace(scene, card=msgspec.structs.replace(scene.card, used=used)), root)
    return root


def request(corpus, feed, **fields):
    return Request(
        **{"corpus": corpus, "feed": feed, "make": QuarterCodec, "texts": LetterWords(), "jobs": 1, **fields}
    )


@pytest.fixture(scope="session")
def feed(corpus, scenes, tmp_path_factory):
    """A whole feed, not to be written to."""
    folder = tmp_path_factory.mktemp("feed")
    prepare(request(corpus, folder, scenes=scenes), tell=lambda _: None)
    return folder


@pytest.fixture(scope="session")
def store(feed):
    return open_feed(feed)


@pytest.fixture(scope="session")
def sounds(corpus):
    """Samples of every clip of the packs, at their families' loudness."""
    first = open_pack(corpus / "packs" / "recorded")
    packs = [first, *(open_pack(corpus / "packs" / name, known=first.manifest) for name in ("composed", "pairs"))]
    return {
        clip.id: pack.samples(clip) * np.float32(10.0 ** (clip.family_gain_db / 20.0))
        for pack in packs
        for clip in pack.manifest.clips
    }
