"""The table of quality and cost by block size and passes as Markdown, and its numbers as JSON."""

from __future__ import annotations

from pathlib import Path

import msgspec

from hobnail_trainer.codec.model import Interval
from hobnail_trainer.corpus.files import write_whole
from hobnail_trainer.errors import TrainerError
from hobnail_trainer.evaluate.by_block import ByBlock, Contender

JSON = "blocks.json"


def read_by_block(path: Path) -> ByBlock:
    """What was written. Raises TrainerError."""
    try:
        return msgspec.json.decode(path.read_bytes(), type=ByBlock)
    except (OSError, msgspec.DecodeError) as error:
        raise TrainerError(
            f"{path}: no such table: {error}.", cure=f"Name a {JSON} of hobnail-train blocks."
        ) from error


def joined(earlier: ByBlock, later: ByBlock) -> ByBlock:
    """One table of two, the later one's commit; spots of one name in one network's rows.

    Raises TrainerError where they are not of the same clips and noise.
    """
    for name in ("split", "clips", "families", "seed", "guidance", "corpus_digest"):
        if getattr(earlier, name) != getattr(later, name):
            raise TrainerError(
                f"tables differ in {name}: {getattr(earlier, name)} and {getattr(later, name)}.",
                cure="Make both by the same clips, seed and guidance.",
            )
    found = {each.name: each for each in earlier.contenders}
    for each in later.contenders:
        same = found.get(each.name)
        found[each.name] = msgspec.structs.replace(each, spots=[*same.spots, *each.spots]) if same else each
    return msgspec.structs.replace(later, contenders=list(found.values()))


def write_by_block(found: ByBlock, folder: Path) -> Path:
    """Write ``blocks.md`` and ``blocks.json``; gives the page. Raises CorpusError."""
    folder.mkdir(parents=True, exist_ok=True)
    page = folder / "blocks.md"
    write_whole(page, by_block_markdown(found).encode())
    write_whole(folder / JSON, msgspec.json.format(msgspec.json.encode(found), indent=1))
    return page


def by_block_markdown(found: ByBlock) -> str:
    """A row for each network and block size, a column for each number of passes."""
    passes = sorted({spot.passes for each in found.contenders for spot in each.spots})
    judges = list(found.codec)
    heads = ["network", "hops of a block", *(f"{count} pass{'es' if count > 1 else ''}" for count in passes)]
    lines = [
        f"{found.clips} clips of {found.families} families, split {found.split}, seed {found.seed}, guidance "
        f"{found.guidance:g}, corpus {found.corpus_digest[:12]}, commit {found.commit or '-'}. KAD "
        f"{' / '.join(judges)}, families as groups, in brackets half of the 95 % interval; then CPU "
        f"seconds for a second of sound, in a batch / of a voice alone. Recordings' halves "
        f"{_pair(found.recording, judges)}, the codec's copies {_pair(found.codec, judges)}.",
        "",
        f"| {' | '.join(heads)} |",
        f"|---|---:|{'---|' * len(passes)}",
    ]
    for each in found.contenders:
        for hops in sorted({spot.block_hops for spot in each.spots}):
            cells = [_cell(each, hops, count, judges) for count in passes]
            size = f"{each.parameters / 1e6:.1f} M, {each.steps:,} steps"
            size += "" if each.stage == "flow" else f" of the stage {each.stage}"
            lines.append(f"| {each.name} ({size}) | {hops} | {' | '.join(cells)} |")
    return "\n".join([*lines, ""])


def _cell(each: Contender, hops: int, passes: int, judges: list[str]) -> str:
    for spot in each.spots:
        if (spot.block_hops, spot.passes) == (hops, passes):
            return f"{_pair(spot.kad, judges)}; {spot.batch:.3f} / {spot.alone:.2f} s"
    return "-"


def _pair(kads: dict[str, Interval], judges: list[str]) -> str:
    return " / ".join(_kad(kads[judge]) for judge in judges)


def _kad(found: Interval) -> str:
    if found.value is None or found.low is None or found.high is None:
        return "-"
    return f"{found.value:.1f} (±{(found.high - found.low) / 2.0:.1f})"
