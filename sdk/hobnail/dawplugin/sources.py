"""Where the plug-in's sources are: in the package, or in a checkout."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import hobnail_native
from hobnail.errors import BuildError

_CLIENT = "samples/unreal/Hobnail/Source/ThirdParty/HobnailClient/include"


@dataclass(frozen=True, slots=True)
class Sources:
    """Folders with what is compiled."""

    daw: Path  #: src/, plugin/ and include/hobnail_daw/
    includes: tuple[Path, ...]  #: where hobnail_daw/ and hobnail_client/ are found

    def files(self) -> list[Path]:
        """Every file, sorted: what a build depends on."""
        found = {path for root in (self.daw, *self.includes) for path in root.rglob("*") if path.is_file()}
        return sorted(found)


def find_sources() -> Sources:
    """The sources of this installation. Raises BuildError when they are not there."""
    native = Path(hobnail_native.__file__).resolve().parent.parent
    checkout = native / "daw"
    if (checkout / "src").is_dir() and (native.parent / _CLIENT).is_dir():
        return Sources(checkout, (checkout / "include", native.parent / _CLIENT))
    for folder in hobnail_native.__path__:
        shipped = Path(folder) / "daw"
        if (shipped / "src").is_dir():
            return Sources(shipped, (shipped / "include",))
    raise BuildError(
        "The plug-in's sources are not in this installation.", cure="pip install --force-reinstall hobnail"
    )
