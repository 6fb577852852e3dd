"""What is aligned to what, and how strongly; typed, for presets. A part that is None is not there.

::

    [alignment.teacher]        [alignment.itself]        [alignment.text]
    arm = "irepa"              depth = 2                 depth = 4
    depth = 3                  later = 5                 weight = 0.1
"""

from __future__ import annotations

from typing import Literal

import msgspec

from hobnail_trainer.errors import TeacherError

Arm = Literal["repa", "irepa", "conv_only", "norm_only"]
"""``repa``: MLP projector, features as they are. ``conv_only``: a convolution instead. ``norm_only``: the MLP, features
normalised over time. ``irepa``: both changes."""


class ToTeacher(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Hops of the student to hops of a teacher that hears the clean sound (REPA, iREPA)."""

    arm: Arm = "irepa"
    weight: float = 0.5
    depth: int = 0  #: the layer whose output is aligned, counted from 1; 0: ``first`` says
    first: int = 0  #: this many first layers, each with weight 1 / first and a projector of its own
    hidden: int = 512  #: width inside the MLP
    kernel: int = 3  #: hops that the convolution sees
    causal: bool = False  #: it sees hops before, none after
    gamma: float = 0.6  #: share of a clip's mean feature that is taken out
    epsilon: float = 0.1  #: added to each number's deviation over time, of the clip's deviation over everything
    quiet: float = 0.05  #: a clip whose features move less than this, of their size, is left out of normalising arms
    least_hops: int = 8  #: a clip with fewer hops that count is left out too, unless its moments are given
    stop_step: int = 0  #: from this step on it is off (HASTE); 0: never


class ToItself(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An earlier layer at higher noise to a later layer of the averaged model at lower noise (SRA); no teacher."""

    weight: float = 0.5
    depth: int = 2  #: of the student, counted from 1
    later: int = 4  #: of the averaged model
    lower: float = 0.2  #: its noise level lies at most this much lower
    beta: float = 0.05  #: where the smooth L1 distance turns from square to straight
    stop_step: int = 0


class ToText(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A block as a whole to its text, or to a clip-level teacher's vector, against those of the others (InfoNCE)."""

    weight: float = 0.1
    depth: int = 4  #: of the student, counted from 1
    width: int = 128  #: of the common space
    temperature: float = 0.07  #: to begin with; learned
    lowest: float = 0.01
    highest: float = 0.5
    stop_step: int = 0


class AlignmentSpec(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Everything that is aligned. Empty: nothing."""

    teacher: ToTeacher | None = None
    itself: ToItself | None = None
    text: ToText | None = None


class Widths(msgspec.Struct, frozen=True, kw_only=True):
    """Sizes of what is aligned."""

    student: int  #: of each layer's output
    layers: int
    teacher: int = 0
    text: int = 0  #: of pooled texts, or of a clip-level teacher


def depths_of(spec: ToTeacher) -> tuple[int, ...]:
    """The layers that are aligned to a teacher, counted from 1."""
    return (spec.depth,) if spec.depth else tuple(range(1, spec.first + 1))


def check(spec: AlignmentSpec, widths: Widths) -> None:
    """Raises TeacherError naming what does not fit."""
    if (teacher := spec.teacher) is not None:
        if bool(teacher.depth) == bool(teacher.first) or min(teacher.depth, teacher.first) < 0:
            raise _fault(f"teacher: depth {teacher.depth} and first {teacher.first}", "exactly one of them above 0")
        _layer("teacher", max(depths_of(teacher)), widths)
        if widths.teacher < 1:
            raise _fault(f"teacher: a teacher of {widths.teacher} numbers", "at least 1")
        if teacher.kernel < 1 or (teacher.kernel % 2 == 0 and not teacher.causal):
            raise _fault(f"teacher: kernel {teacher.kernel}", "odd, or causal")
        if teacher.hidden < 1 or teacher.least_hops < 2 or min(teacher.epsilon, teacher.quiet) < 0.0:
            raise _fault("teacher: a size or a threshold", "hidden >= 1, least_hops >= 2, epsilon and quiet >= 0")
    if (itself := spec.itself) is not None:
        _layer("itself", itself.depth, widths)
        _layer("itself", itself.later, widths)
        if itself.later < itself.depth or not 0.0 <= itself.lower <= 1.0 or itself.beta <= 0.0:
            raise _fault(
                f"itself: depth {itself.depth}, later {itself.later}, lower {itself.lower}, beta {itself.beta}",
                "later not before depth, lower 0..1, beta above 0",
            )
    if (text := spec.text) is not None:
        _layer("text", text.depth, widths)
        if widths.text < 1 or text.width < 1 or not 0.0 < text.lowest <= text.temperature <= text.highest:
            raise _fault(
                f"text: widths {widths.text} and {text.width}, temperature {text.temperature}",
                f"at least 1, and between {text.lowest} and {text.highest}",
            )


def _layer(part: str, depth: int, widths: Widths) -> None:
    if not 1 <= depth <= widths.layers:
        raise _fault(f"{part}: layer {depth}", f"1 to {widths.layers}")


def _fault(found: str, expected: str) -> TeacherError:
    return TeacherError(f"alignment.{found}, expected {expected}.", cure="Correct the preset's [alignment] tables.")
