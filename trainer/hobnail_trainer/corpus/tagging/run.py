"""Let a tagger listen to a whole corpus; stopped at any moment, the same call goes on where it was.

Clips are heard with their peak at 0.9, because many are far quieter than what taggers were taught with.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Final

import numpy as np
import soundfile
from numpy.typing import NDArray

from hobnail_trainer.corpus.manifest import read_manifest
from hobnail_trainer.corpus.model import Clip
from hobnail_trainer.corpus.tagging.model import Heard, Tagged, Tags, read_tags, write_tags
from hobnail_trainer.errors import CorpusError
from hobnail_trainer.judges.model import Tagger, strongest

TOP: Final = 5  #: classes that are kept
PEAK: Final = 0.9
STORE_EVERY: Final = 200  #: clips


def tag_corpus(
    corpus: Path, tagger: Tagger, *, tell: Callable[[str], None] = lambda _: None, store_every: int = STORE_EVERY
) -> Tags:
    """Tag every clip and leave ``tags.jsonl``, stored every so many clips. Raises CorpusError, JudgeError.

    ``tell`` hears how far it is.
    """
    clips = read_manifest(corpus).clips
    before = read_tags(corpus)
    kept = {each.clip: each for each in before.clips} if before and before.tagger == tagger.name else {}
    done: dict[str, Tagged] = {clip.id: kept[clip.id] for clip in clips if _still_holds(kept.get(clip.id), clip)}

    def store() -> Tags:
        tags = Tags(tagger=tagger.name, clips=tuple(done[clip.id] for clip in clips if clip.id in done))
        write_tags(tags, corpus)
        return tags

    waiting = [clip for clip in clips if clip.id not in done]
    for number, clip in enumerate(waiting, start=1):
        tell(f"{len(done)} of {len(clips)} clips")
        tags = strongest(tagger, heard_samples(clip, corpus), TOP)
        heard = tuple(Heard(name=tag.name, probability=round(tag.probability, 3)) for tag in tags)
        done[clip.id] = Tagged(clip=clip.id, sha256=clip.sha256, frames=clip.frames, heard=heard)
        if number % store_every == 0:
            store()
    return store()


def heard_samples(clip: Clip, corpus: Path) -> NDArray[np.float32]:
    """The clip's samples with their peak at 0.9; silence stays silence. Raises CorpusError."""
    path = corpus / clip.audio
    try:
        samples, _ = soundfile.read(path, start=clip.at_frame, frames=clip.frames, dtype="float32")
    except (soundfile.SoundFileError, OSError, RuntimeError) as error:
        cure = "Build the corpus again (hobnail-train corpus build); what was finished is kept."
        raise CorpusError(f"{path}: cannot be read: {error}.", cure=cure) from error
    peak = float(np.abs(samples).max(initial=0.0))
    return np.asarray(samples * np.float32(PEAK / peak) if peak else samples, dtype=np.float32)


def _still_holds(tagged: Tagged | None, clip: Clip) -> bool:
    return tagged is not None and tagged.sha256 == clip.sha256 and tagged.frames == clip.frames
