"""Copies a build to where hosts look for plug-ins of one user."""

from __future__ import annotations

import shutil
from pathlib import Path

from hobnail.dawplugin.build import Built, places_in
from hobnail.errors import BuildError


def user_places(home: Path) -> Built:
    """Where the plug-in is once it is installed: the folders that VST3, LV2 and CLAP name for Linux."""
    return Built(
        *(
            home / folder / path.name
            for folder, path in zip((".vst3", ".lv2", ".clap"), places_in(home).all(), strict=True)
        )
    )


def install(built: Built, home: Path) -> Built:
    """Copy it there, instead of what was there of the same name. Raises BuildError."""
    places = user_places(home)
    for source, target in zip(built.all(), places.all(), strict=True):
        if not source.exists():
            raise BuildError(f"{source} is not there.", cure="Run 'hobnail plugin build' first.")
        part = target.with_name(target.name + ".part")
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            _remove(part)
            shutil.copytree(source, part) if source.is_dir() else shutil.copy2(source, part)
            _remove(target)
            part.replace(target)
        except OSError as error:
            raise BuildError(
                f"{target}: cannot be written: {error.strerror or error}.", cure="Close the host, or check the folder."
            ) from error
    return places


def _remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)
