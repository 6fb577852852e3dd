"""Licences of files: read from Debian's machine-readable copyright files (DEP-5), and put into families.

A stanza of ``debian/copyright`` names files of the *source*; the recipe says which installed folder was which source
folder. As in Debian, the last stanza that matches a file holds.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final, Literal, NamedTuple

Family = Literal["public-domain", "permissive", "cc-by", "cc-by-sa", "gpl", "other"]

_FAMILIES: Final[tuple[tuple[str, Family], ...]] = (
    (r"cc0|public-domain|unlicense", "public-domain"),
    (r"cc-by-sa", "cc-by-sa"),
    (r"cc-by(?!-n)", "cc-by"),
    (r"mit\b|bsd|isc\b|zlib|apache|expat", "permissive"),
    (r"gpl", "gpl"),
)
_KINDEST: Final[tuple[Family, ...]] = ("public-domain", "permissive", "cc-by", "cc-by-sa", "gpl", "other")


class Terms(NamedTuple):
    """Under what terms a file comes, and whose it is."""

    licence: str
    author: str


class Stanza(NamedTuple):
    """One paragraph of a copyright file that speaks of files."""

    files: re.Pattern[str]
    terms: Terms


def licence_family(licence: str) -> Family:
    """Family of a licence: the kindest where the user may choose ("CC-BY-SA-3.0 or GPL-2"), the strictest where all
    hold ("(CC-BY-3.0 or ISC) AND CC0-1.0")."""
    if len(parts := re.split(r"\s+and\s+(?![^(]*\))", licence, flags=re.IGNORECASE)) > 1:
        return max((licence_family(part.strip(" ()")) for part in parts), key=_KINDEST.index)
    found = [_one_family(part) for part in re.split(r"\s+or\s+|\|", licence.lower())]
    return min(found, key=_KINDEST.index)


def _one_family(licence: str) -> Family:
    return next((family for pattern, family in _FAMILIES if re.search(pattern, licence)), "other")


def parse_copyright(text: str) -> tuple[Stanza, ...]:
    """Stanzas of a DEP-5 file, in its order; empty when it is written in another way."""
    if not text.lstrip().startswith("Format:"):
        return ()
    stanzas = []
    for paragraph in re.split(r"\n[ \t]*\n", text):
        fields = _fields(paragraph)
        if "files" in fields and "license" in fields:
            licence = fields["license"].splitlines()[0].strip() if fields["license"].strip() else ""
            terms = Terms(_spdx(licence), _author(fields.get("copyright", "")))
            stanzas.append(Stanza(_pattern(fields["files"].split()), terms))
    return tuple(stanzas)


def terms_of(source_path: str, stanzas: Sequence[Stanza]) -> Terms | None:
    """What the last matching stanza says of a file of the source; None when none matches."""
    return next((stanza.terms for stanza in reversed(stanzas) if stanza.files.fullmatch(source_path)), None)


def _fields(paragraph: str) -> dict[str, str]:
    fields: dict[str, str] = {}
    name = ""
    for line in paragraph.splitlines():
        if line[:1] in " \t":
            fields[name] = f"{fields.get(name, '')}\n{line.strip()}"
        elif (match := re.match(r"([A-Za-z-]+):(.*)", line)) is not None:
            name = match[1].lower()
            fields[name] = match[2].strip()
    return fields


def _pattern(globs: Sequence[str]) -> re.Pattern[str]:
    """DEP-5's globs: ``*`` and ``?`` match slashes too."""
    each = (re.escape(glob).replace(r"\*", ".*").replace(r"\?", ".") for glob in globs)
    return re.compile("|".join(each), re.DOTALL)


def _spdx(licence: str) -> str:
    """Debian's short name as SPDX would write it, where that is only a matter of spelling."""
    licence = re.sub(r"\bCC0(?!-)", "CC0-1.0", licence)
    return re.sub(r"\b(L?GPL)-(\d)(\.\d)?(\+)?", lambda m: f"{m[1]}-{m[2]}{m[3] or '.0'}{'+' if m[4] else ''}", licence)


def _author(copyright: str) -> str:
    lines = (line.strip(" ;,") for line in copyright.splitlines())
    return "; ".join(re.sub(r"^(?:©|\(c\)|Copyright)\s*", "", line, flags=re.IGNORECASE) for line in lines if line)


def terms_in_note(note: str) -> Terms | None:
    """Terms in a container's own words, as in ``"Cow". Original by X. License: Creative Commons Zero 1.0.``"""
    match = re.fullmatch(r'"[^"]*"\.?\s*(?P<author>.*?)\s*Licen[cs]e: (?P<licence>.*)', note, re.DOTALL)
    if match is None:
        return None
    words = match["licence"].lower()
    if "zero" in words:
        return Terms("CC0-1.0", match["author"].rstrip("."))
    kind = "CC-BY-SA" if "sharealike" in words else "CC-BY" if "attribution" in words else ""
    version = re.search(r"\d\.\d", words)
    return Terms(f"{kind}-{version[0]}", match["author"].rstrip(".")) if kind and version else None
