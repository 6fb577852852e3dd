"""Tables come back from their file as they were; a file that is not one is refused by name."""

import dataclasses
import io

import numpy as np
import pytest

from hobnail import CodecError
from hobnail_plugins.codec.codec import linear_codec
from hobnail_plugins.codec.spec import LinearConfig
from hobnail_plugins.codec.tables import packaged_tables, read_tables, tables_from, tables_to


def arrays(**changes):
    tables = packaged_tables()
    found = {field.name: np.asarray(getattr(tables, field.name)) for field in dataclasses.fields(tables)}
    found = {"version": np.asarray(2), **found, **changes}
    return {name: value for name, value in found.items() if value is not None}


def packed(**changes):
    file = io.BytesIO()
    np.savez(file, **arrays(**changes))
    return file.getvalue()


def test_packaged_tables_are_orthonormal_and_strongest_first():
    tables = packaged_tables()
    assert np.abs(tables.basis.T @ tables.basis - np.eye(192)).max() < 1e-5
    assert (np.diff(tables.spread) <= 0.0).all()
    assert tables.kept + 2 * tables.partials == 32


def test_tables_come_back_as_they_went_and_always_as_the_same_bytes():
    tables = packaged_tables()
    data = tables_to(tables)
    again = tables_from(data, source="here")
    assert tables_to(again) == data
    assert all(
        np.array_equal(getattr(again, field.name), getattr(tables, field.name)) for field in dataclasses.fields(tables)
    )


def test_a_file_of_ones_own_is_used(tmp_path):
    path = tmp_path / "mine.npz"
    path.write_bytes(tables_to(dataclasses.replace(packaged_tables(), kept=10)))
    assert linear_codec(LinearConfig(path=str(path))).spec.dimensions == 16


@pytest.mark.parametrize("length", [0, 10, 100, 5000])
def test_a_file_that_was_cut_off_is_refused(length):
    with pytest.raises(CodecError, match=r"there: not a whole \.npz file"):
        tables_from(packed()[:length], source="there")


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"version": np.asarray(1)}, "version is 1, expected 2"),
        ({"version": None}, "version is None"),
        ({"mean": None}, "expected .*'mean'"),
        ({"more": np.zeros(3)}, "holds .*'more'"),
        ({"kept": np.asarray(0)}, r"kept is 0, expected a whole number 1\.\.192"),
        ({"kept": np.asarray(2.5)}, r"kept is 2\.5"),
        ({"partials": np.asarray(9)}, "partials is 9"),
        ({"mean": np.zeros(191, np.float32)}, r"mean is float32 \[191\], expected float32 \[192\]"),
        ({"basis": np.zeros((192, 192))}, "basis is float64"),
        ({"spread": np.full(192, np.nan, np.float32)}, "spread holds NaN"),
        ({"spread": np.zeros(192, np.float32)}, "spread holds a negative value, or 0"),
        ({"weight": np.zeros(192, np.float32)}, "weight holds a value that is not above 0"),
        ({"shares": np.full((192, 4), -1.0, np.float32)}, "shares hold a negative value"),
        ({"mean": np.array([None] * 192)}, "not a whole"),
    ],
)
def test_a_file_with_one_fault_is_refused_with_the_fault(changes, problem):
    with pytest.raises(CodecError, match=problem):
        tables_from(packed(**changes), source="there")


def test_a_file_that_is_not_there_is_refused_by_name(tmp_path):
    with pytest.raises(CodecError, match=r"none\.npz: cannot be read"):
        read_tables(tmp_path / "none.npz")
