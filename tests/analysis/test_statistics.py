"""The package's statistics against R's (tests/statistics/data/reference.R wrote the figures): the same that the C++ ones are held against."""

import numpy as np
import pytest

from augsweep_analysis import statistics

# Freireich's, of every textbook on survival.
TREATED = ([6, 6, 6, 6, 7, 9, 10, 10, 11, 13, 16, 17, 19, 20, 22, 23, 25, 32, 32, 34, 35],
           [1, 1, 1, 0, 1, 0, 1, 0, 0, 1, 1, 0, 0, 0, 1, 1, 0, 0, 0, 0, 0])
PLACEBO = ([1, 1, 2, 2, 3, 4, 4, 5, 5, 8, 8, 8, 8, 11, 11, 12, 12, 15, 17, 22, 23], [1] * 21)


def test_kaplan_meier_agrees_with_r():
    curve = statistics.kaplan_meier(*TREATED)
    assert curve.time.tolist() == [6, 7, 9, 10, 11, 13, 16, 17, 19, 20, 22, 23, 25, 32, 34, 35]
    assert curve.survival[[0, 1, 3, 5, 6, 10, 11]] == pytest.approx(
        [0.857142857142857, 0.80672268907563, 0.752941176470588, 0.690196078431372, 0.627450980392157, 0.53781512605042, 0.448179271708683], abs=1e-12)
    assert curve.std_error[[0, 11]] == pytest.approx([0.0890870806374748, 0.300307187886291], abs=1e-12)
    assert (curve.low[11], curve.high[11]) == pytest.approx((0.24878822681766, 0.807372045529077), abs=1e-12)
    assert curve.high[0] == 1.0


def test_kaplan_meier_falls_to_zero_if_all_converge():
    curve = statistics.kaplan_meier(*PLACEBO)
    assert curve.survival[-1] == 0 and np.isinf(curve.std_error[-1]) and np.isnan(curve.low[-1])


def test_median_agrees_with_r():
    median = statistics.median(*TREATED)
    assert (median.value, median.interval.low) == (23, 16)
    assert np.isnan(median.interval.high), "the upper curve never comes down to 1/2"
    assert statistics.median(*PLACEBO) == (8, (4, 12))


def test_median_is_the_middle_where_the_curve_is_flat_at_one_half():
    assert statistics.median([2, 4, 6, 8], [1, 1, 1, 1]).value == 5


def test_median_is_not_reached_if_few_converge():
    assert np.isnan(statistics.median([5, 10, 10, 10], [1, 0, 0, 0]).value)
    assert np.isnan(statistics.median([], []).value)


def test_restricted_mean_agrees_with_r():
    assert statistics.restricted_mean(*TREATED, 35) == pytest.approx((23.2873949579832, 2.82746762337144), abs=1e-11)
    assert statistics.restricted_mean(*PLACEBO, 23) == pytest.approx((8.66666666666667, 1.37739004126455), abs=1e-11)
    assert statistics.restricted_mean([10, 10], [0, 0], 10).value == 10


def test_log_rank_agrees_with_r():
    assert statistics.log_rank(*TREATED, *PLACEBO) == pytest.approx((16.7929409892165, 4.16880910933453e-05), abs=1e-9)
    assert statistics.log_rank(*TREATED, *TREATED).p == pytest.approx(1)
    assert statistics.log_rank([5, 5], [0, 0], [5], [0]) == (0, 1)


def test_wilson_agrees_with_r():
    assert statistics.wilson(57, 60) == pytest.approx((0.862994835236515, 0.982850497835604), abs=1e-12)
    assert statistics.wilson(0, 16) == pytest.approx((0, 0.193607680534436), abs=1e-12)
    assert statistics.wilson(16, 16).high == 1
    assert statistics.wilson(0, 0) == (0, 1)


def test_fisher_and_holm_agree_with_r():
    assert statistics.fisher_exact(57, 60, 49, 60) == pytest.approx(0.043415371215173, abs=1e-10)
    assert statistics.fisher_exact(1, 12, 9, 12) == pytest.approx(0.00275945618522009, abs=1e-10)
    assert statistics.holm([0.01, 0.04, 0.03]) == pytest.approx([0.03, 0.06, 0.06])
    assert statistics.holm([0.01, np.nan, 0.03]) == pytest.approx([0.02, np.nan, 0.03], nan_ok=True)


def test_welch_agrees_with_r():
    assert statistics.welch(5, 8, 4.84767985741633, 4, 14.5, np.std([9, 14, 15, 20], ddof=1)) == pytest.approx(
        (-2.07811669424247, 0.0776458278233112), abs=1e-9)
    assert statistics.welch(1, 8, 0, 4, 14.5, 4.5).p == 1


def test_survivors_are_the_converged_runs_alone():
    assert statistics.survivors([3, 4, 8, 10, 15, 99], [1, 1, 1, 1, 1, 0]) == pytest.approx((5, 8, 4.84767985741633, 8, 4, 10))
    assert np.isnan(statistics.survivors([1], [0]).mean)


def test_a_sample_with_nan_or_of_two_sizes_is_refused():
    with pytest.raises(ValueError, match="NaN"):
        statistics.median([1, np.nan], [1, 0])
    with pytest.raises(ValueError, match="2 elements and converged 1"):
        statistics.median([1, 2], [1])
