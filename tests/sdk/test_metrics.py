"""The histogram's percentiles are right to a bin's width, whatever is put in."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hobnail.histogram import Histogram, RecentMedian, bins_since, percentiles_of


def filled(values):
    histogram = Histogram()
    for value in values:
        histogram.add(value)
    return histogram.percentiles()


def test_an_empty_histogram_is_all_zero():
    nothing = filled([])
    assert (nothing.count, nothing.p50_ms, nothing.p99_ms, nothing.max_ms) == (0, 0.0, 0.0, 0.0)


def test_percentiles_are_within_a_bin_of_the_truth():
    values = np.random.default_rng(1).lognormal(2.0, 0.5, 5000)
    found = filled(values)
    for share, figure in ((50, found.p50_ms), (95, found.p95_ms), (99, found.p99_ms)):
        assert figure == pytest.approx(np.percentile(values, share), rel=0.11)
    assert found.max_ms == values.max()


@given(st.lists(st.floats(min_value=0.0, max_value=1e6), min_size=1, max_size=50))
def test_percentiles_rise_and_never_pass_the_maximum(values):
    found = filled(values)
    assert found.count == len(values)
    assert 0.0 <= found.p50_ms <= found.p95_ms <= found.p99_ms <= found.max_ms == max(values)


@given(st.lists(st.floats(0.0, 4e3), max_size=60), st.lists(st.floats(0.0, 4e3), max_size=60))  # what bins tell apart
def test_what_was_counted_between_two_snapshots_is_what_was_added(before, later):
    histogram = Histogram()
    for value in before:
        histogram.add(value)
    old = histogram.bins()
    for value in later:
        histogram.add(value)
    between = percentiles_of(bins_since(old, histogram.bins()))
    assert between.count == len(later)
    if later:
        alone = filled(later)
        assert between.p50_ms == pytest.approx(alone.p50_ms, rel=0.11, abs=0.06)


def test_the_recent_median_forgets():
    recent = RecentMedian(kept=3)
    assert recent.value == 0.0
    for value in (100.0, 1.0, 2.0, 3.0):
        recent.add(value)
    assert recent.value == 2.0
