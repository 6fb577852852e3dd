"""What a tagger heard in each clip of a corpus, on disk: ``tags.jsonl``, beside the manifest.

JSON Lines like the manifest: a header, then one object for each clip that was heard, in the manifest's order.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

import msgspec

from hobnail_trainer.corpus.files import write_whole
from hobnail_trainer.errors import CorpusError

TAGS: Final = "tags.jsonl"
FORMAT: Final = "hobnail-tags"
VERSION: Final = 1

_CURE: Final = "Remove it and tag again: hobnail-train corpus tag DIR."


class Heard(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A class of the tagger's, and how surely."""

    name: str
    probability: float


class Tagged(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="is", tag="tags"):
    """What was heard in one clip."""

    clip: str  #: its id
    sha256: str  #: of the file that the clip was made from, as in the manifest
    frames: int  #: of the clip; with the sum it says whether the clip is still the same
    heard: tuple[Heard, ...]  #: the likeliest first


class TagsHeader(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="is", tag="header"):
    """Who listened, and how much follows."""

    format: str = FORMAT
    version: int = VERSION
    tagger: str
    clips: int


class Tags(msgspec.Struct, frozen=True, kw_only=True):
    """A whole file of tags."""

    tagger: str
    clips: tuple[Tagged, ...]


_LINE: Final = msgspec.json.Decoder(TagsHeader | Tagged)


def read_tags(corpus: Path) -> Tags | None:
    """The tags of the corpus in a folder; None when nobody tagged it. Raises CorpusError."""
    path = corpus / TAGS
    try:
        lines = path.read_bytes().splitlines()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise CorpusError(f"{path}: cannot be read: {error.strerror}.", cure=_CURE) from error
    header, clips = None, list[Tagged]()
    for number, line in enumerate(lines, start=1):
        try:
            entry = _LINE.decode(line)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise CorpusError(f"{path}, line {number}: {error}.", cure=_CURE) from error
        if isinstance(entry, Tagged):
            clips.append(entry)
        elif header is None and number == 1:
            header = entry
        else:
            raise CorpusError(f"{path}, line {number}: a second header.", cure=_CURE)
    if header is None or header.format != FORMAT or header.version != VERSION:
        raise CorpusError(f"{path}, line 1: not the header of {FORMAT} {VERSION}.", cure=_CURE)
    if header.clips != len(clips):
        raise CorpusError(f"{path}: {len(clips)} clips, but the header says {header.clips}.", cure=_CURE)
    return Tags(tagger=header.tagger, clips=tuple(clips))


def write_tags(tags: Tags, corpus: Path) -> None:
    """Write the tags into the corpus, whole or not at all. Raises CorpusError."""
    lines = (TagsHeader(tagger=tags.tagger, clips=len(tags.clips)), *tags.clips)
    write_whole(corpus / TAGS, b"".join(msgspec.json.encode(line) + b"\n" for line in lines))
