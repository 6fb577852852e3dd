"""Do takes of an engine differ as takes of one recorded sound do: the spread of both, as judges hear it."""

from hobnail_trainer.takes.families import Family, choose_families
from hobnail_trainer.takes.measure import MOST, Comparison, FamilySpread, Spread, compare, spread_of
from hobnail_trainer.takes.play import takes_of
from hobnail_trainer.takes.write import page

__all__ = [
    "MOST",
    "Comparison",
    "Family",
    "FamilySpread",
    "Spread",
    "choose_families",
    "compare",
    "page",
    "spread_of",
    "takes_of",
]
