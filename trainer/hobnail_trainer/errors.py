"""Errors that the trainer raises on purpose; they hang on the SDK's tree.

::

    HobnailError
    └── TrainerError
        ├── CorpusError    a recipe, package, folder or manifest cannot be used
        ├── FeedError      a feed cannot be made or read, or is not the one that a run began with
        ├── JudgeError     a judge, its weights or what it was given cannot be used
        ├── SceneError     a scene cannot be made, written or read
        ├── TeacherError   a teacher, its weights or its features cannot be used, or do not fit a student
        └── TextError      a sentence encoder, its weights or a table of words cannot be used

What is wrong with *one file* of a corpus is no exception: it is a line in ``rejected.jsonl``, and the build goes on.
"""

from __future__ import annotations

from hobnail.errors import HobnailError


class TrainerError(HobnailError):
    """Something the trainer was given cannot be used."""


class CorpusError(TrainerError):
    """A recipe, a package, a folder or a manifest cannot be used."""


class FeedError(TrainerError):
    """A feed cannot be made or read, or is not the one that a run began with."""


class SceneError(TrainerError):
    """A scene cannot be made, written or read."""


class JudgeError(TrainerError):
    """A judge, its weights or what it was given cannot be used."""


class TeacherError(TrainerError):
    """A teacher, its weights or its features cannot be used, or do not fit a student."""


class TextError(TrainerError):
    """A sentence encoder, its weights or a table of words cannot be used."""
