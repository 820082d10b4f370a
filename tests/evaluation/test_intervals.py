import subprocess
import sys
from statistics import NormalDist

import numpy as np
import pytest

from evaluation import (
    accuracy_interval,
    best_of_single_runs,
    holm,
    mcnemar,
    mean_interval,
    paired,
    prediction_interval,
    welch,
    wilson_interval,
)

# printed tables of Student's t: two-sided 95 % and 99 % points by degrees of freedom
T_TABLE = {1: 12.706, 2: 4.303, 4: 2.776, 9: 2.262, 29: 2.045}


@pytest.mark.parametrize(("degrees", "t"), T_TABLE.items())
def test_mean_interval_uses_the_tabulated_t(degrees, t):
    values = np.arange(degrees + 1.0)
    low, high = mean_interval(values)
    standard_error = values.std(ddof=1) / np.sqrt(len(values))
    assert (high - low) / 2 / standard_error == pytest.approx(t, abs=6e-4)
    assert (high + low) / 2 == pytest.approx(values.mean())


def test_mean_interval_by_hand():
    # 0.97 0.98 0.99: mean 0.98, s = 0.01, t(2) = 4.303, so 0.98 -+ 4.303 * 0.01 / sqrt(3)
    assert mean_interval([0.97, 0.98, 0.99]) == pytest.approx((0.95516, 1.00484), abs=1e-5)


def test_mean_interval_of_equal_values_is_a_point():
    assert mean_interval([0.5, 0.5, 0.5]) == (0.5, 0.5)


def test_one_value_has_no_interval():
    assert mean_interval([0.98]) is None


def test_mean_interval_covers_as_often_as_it_says():
    rng = np.random.default_rng(0)
    intervals = [mean_interval(rng.normal(7, 2, 3)) for _ in range(2000)]
    covered = np.mean([low <= 7 <= high for low, high in intervals])
    assert covered == pytest.approx(0.95, abs=0.015)  # 3 standard errors


@pytest.mark.parametrize(  # R. G. Newcombe, Statistics in Medicine 17 (1998) 857-872, table I
    ("correct", "n", "low", "high"),
    [
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0.0000, 0.1611),
        (1, 29, 0.0061, 0.1718),
    ],
)
def test_wilson_interval_as_published(correct, n, low, high):
    assert wilson_interval(correct, n) == pytest.approx((low, high), abs=6e-5)


def test_wilson_interval_solves_its_equation():
    # its ends are the p for which the observed share is exactly z standard errors away
    z = NormalDist().inv_cdf(0.975)
    for end in wilson_interval(9747, 10000):
        assert abs(0.9747 - end) == pytest.approx(z * np.sqrt(end * (1 - end) / 10000))


def test_wilson_interval_is_symmetric_and_within_0_and_1():
    for correct in range(11):
        low, high = wilson_interval(correct, 10)
        assert 0 <= low <= correct / 10 <= high <= 1
        assert (1 - high, 1 - low) == pytest.approx(wilson_interval(10 - correct, 10))
    assert wilson_interval(0, 10)[0] == 0.0
    assert wilson_interval(10, 10)[1] == 1.0


def discordant(both: int, only_a: int, only_b: int, neither: int):
    cells = np.array([both, only_a, only_b, neither])
    return np.repeat([True, True, False, False], cells), np.repeat(
        [True, False, True, False], cells
    )


def test_mcnemar_by_hand():
    # 10 discordant images, 1 against 9: 2 * (C(10,0) + C(10,1)) / 2^10 = 22 / 1024
    result = mcnemar(*discordant(80, 1, 9, 10))
    assert result["p_value"] == 22 / 1024
    assert result["difference"] == -0.08


def test_mcnemar_of_a_published_table():
    # A. Agresti, Categorical Data Analysis (2nd edition, 2002), section 10.1: approval of the
    # Prime Minister asked twice, 794 150 86 570. Difference 0.04, 95 % interval 0.02 to 0.06,
    # McNemar's z = -4.17, two-sided p of about 3e-5 (the exact test gives 3.7e-5)
    result = mcnemar(*discordant(794, 150, 86, 570))
    assert result["difference"] == 0.04
    assert result["interval"] == pytest.approx([0.0213, 0.0587], abs=2e-4)
    assert result["p_value"] == pytest.approx(3.7e-5, rel=0.02)


def test_mcnemar_is_symmetric():
    a, b = discordant(50, 4, 11, 3)
    forward, backward = mcnemar(a, b), mcnemar(b, a)
    assert forward["p_value"] == backward["p_value"]
    assert forward["difference"] == -backward["difference"]
    assert forward["interval"] == pytest.approx([-end for end in backward["interval"][::-1]])


@pytest.mark.parametrize("cells", [(60, 0, 0, 40), (60, 5, 5, 30)])
def test_mcnemar_of_equally_good_classifiers(cells):
    result = mcnemar(*discordant(*cells))
    assert result["p_value"] == 1.0
    low, high = result["interval"]
    assert low < 0 < high


def test_mcnemar_of_10000_images_is_exact_and_does_not_overflow():
    assert mcnemar(*discordant(0, 10000, 0, 0))["p_value"] == 0.0  # 2^-9999, below any float64
    nearly = mcnemar(*discordant(0, 5000, 5001, 0))
    assert nearly["p_value"] == pytest.approx(1.0)
    assert mcnemar(*discordant(0, 30, 0, 0))["p_value"] == 2 / 2**30


def test_the_import_leaves_scipy_alone(root):
    code = "import sys, evaluation; sys.exit(any(m.startswith('scipy') for m in sys.modules))"
    subprocess.run([sys.executable, "-c", code], cwd=root / "scripts", check=True)


def test_welch_by_hand():
    # a: mean 5, variance 4, n 4, so 1; b: mean 2, variance 1, n 4, so 0.25: t = 3 / sqrt(1.25),
    # degrees = 1.25^2 / (1^2 / 3 + 0.25^2 / 3) = 75 / 17
    spread = np.sqrt(3) / 2
    a = [5 - 2 * spread, 5 - 2 * spread, 5 + 2 * spread, 5 + 2 * spread]
    b = [2 - spread, 2 - spread, 2 + spread, 2 + spread]
    result = welch(a, b)
    assert result["difference"] == pytest.approx(3)
    low, high = result["interval"]
    assert (low + high) / 2 == pytest.approx(3)
    t = (high - low) / 2 / np.sqrt(1.25)
    assert 2.571 < t < 2.776  # between the tabulated points of 5 and of 4 degrees of freedom


def test_welch_agrees_with_scipy():
    stats = pytest.importorskip("scipy.stats")
    a, b = [0.97, 0.98, 0.985, 0.96], [0.95, 0.97, 0.94]
    theirs = stats.ttest_ind(a, b, equal_var=False)
    assert welch(a, b)["p_value"] == pytest.approx(theirs.pvalue)
    assert welch(a, b)["interval"] == pytest.approx(list(theirs.confidence_interval()))


def test_welch_is_symmetric():
    forward, backward = welch([0.9, 0.8, 0.7], [0.6, 0.65]), welch([0.6, 0.65], [0.9, 0.8, 0.7])
    assert forward["p_value"] == backward["p_value"]
    assert forward["interval"] == pytest.approx([-end for end in backward["interval"][::-1]])


@pytest.mark.parametrize(("b", "p_value"), [([0.5, 0.5], 1.0), ([0.4, 0.4], 0.0)])
def test_welch_without_any_spread(b, p_value):
    assert welch([0.5, 0.5, 0.5], b)["p_value"] == p_value


def test_welch_needs_two_values_of_each():
    assert welch([0.5], [0.4, 0.6]) is None


def test_an_interval_adds_both_variances():
    # s = 0.02: 0.0004 / 3 = 1.3333e-4 of the trainings, 0.9 * 0.1 / 100 = 9e-4 of the examples.
    # Degrees: 2 * (1.03333 / 0.133333)^2 = 120.1, t = 1.9799; 0.09 / 1.03333e-3 = 87.097 examples.
    # Wilson: (78.387 + 1.960) / (87.097 + 3.920) -+ 1.9799 sqrt(7.8387 + 0.98) / 91.017
    low, high, over = accuracy_interval([0.92, 0.9, 0.88], 100)
    assert (low, high) == pytest.approx((0.88277 - 0.06460, 0.88277 + 0.06460), abs=2e-5)
    assert over == "trainings and examples"


def test_with_many_examples_the_interval_is_students():
    values = [0.62, 0.60, 0.58]
    low, high, _ = accuracy_interval(values, 10**9)
    # t^2 s^2 / n / 2 is what Wilson's centre moves towards 1/2
    assert (low, high) == pytest.approx(mean_interval(values), abs=0.003)


@pytest.mark.parametrize("values", [[0.9], [0.9, 0.9], [0.9, 0.9, 0.9]])
def test_without_a_spread_the_interval_is_wilsons(values):
    assert accuracy_interval(values, 200) == (*wilson_interval(180, 200), "examples")


def test_a_perfect_accuracy_has_an_interval():
    assert accuracy_interval([1.0, 1.0, 1.0], 26)[:2] == (
        pytest.approx(1 / (1 + 1.96**2 / 26), abs=1e-4),
        1,
    )


def test_no_interval_is_narrower_than_that_of_the_images_alone():
    rng = np.random.default_rng(0)
    for n in (2, 3, 10):
        for examples in (26, 100, 10000):
            values = (rng.binomial(examples, 0.9, n) / examples).tolist()
            low, high, _ = accuracy_interval(values, examples)
            alone = wilson_interval(round(np.mean(values) * examples), examples)
            assert high - low >= alone[1] - alone[0] - 1e-3 / examples
            assert 0 <= low <= np.mean(values) <= high <= 1


def test_training_accuracies_have_no_interval_over_examples():
    low, high, over = accuracy_interval([1.0, 0.99, 0.9], 0)
    assert over == "trainings" and high == 1.0
    assert low == pytest.approx(mean_interval([1.0, 0.99, 0.9])[0])
    assert accuracy_interval([0.9, 0.9, 0.9], 0) is accuracy_interval([0.9], 0) is None
    assert accuracy_interval([], 100) is None


def crossed(rng, n, m, spread):
    """Who is right: trainings of different skill, images of different difficulty, and chance."""
    skill, ease = spread * rng.standard_normal((n, 1)), np.sqrt(0.8) * rng.standard_normal(m)
    middle = NormalDist().inv_cdf(0.9) * np.sqrt(1 + spread**2)  # so that the mean accuracy is 0.9
    return middle + skill + ease + np.sqrt(0.2) * rng.standard_normal((n, m)) > 0


@pytest.mark.parametrize(("n", "m"), [(3, 26), (10, 26), (3, 1000), (10, 1000)])
@pytest.mark.parametrize("spread", [0, 0.1])
def test_the_interval_covers_new_trainings_on_new_examples(n, m, spread):
    rng = np.random.default_rng(0)
    covered = []
    for _ in range(300):
        low, high, _ = accuracy_interval(crossed(rng, n, m, spread).mean(axis=1).tolist(), m)
        covered.append(low <= 0.9 <= high)
    # Students' interval over the seeds alone covers 27 to 88 % in such cases.
    assert np.mean(covered) >= 0.92


def test_a_prediction_interval_by_hand():
    # mean 0.97, s = 0.01, t(2) = 4.3027: 4.3027 * 0.01 * sqrt(1/3 + 1) = 0.049683
    # of a mean of three, sqrt(1/3 + 1/3)
    values = [0.96, 0.97, 0.98]
    assert prediction_interval(values) == pytest.approx((0.92032, 1.01968), abs=1e-5)
    assert prediction_interval(values, examples=100) == pytest.approx((0.92032, 1), abs=1e-5)
    assert prediction_interval(values, 3) == pytest.approx((0.93487, 1.00513), abs=1e-5)
    many = prediction_interval(values, 10**12)
    assert many == pytest.approx(mean_interval(values))


def test_without_a_spread_other_examples_decide_a_single_run():
    # 0.5 of 300, and of 300 others: as one sample of 150, by Wilson
    expected = pytest.approx(wilson_interval(75, 150))
    assert prediction_interval([0.5, 0.5, 0.5], examples=300) == expected
    assert prediction_interval([0.5], examples=300) == expected
    assert prediction_interval([0.5], examples=150, others=10**12) == expected
    assert prediction_interval([0.5]) is prediction_interval([0.5], others=300) is None


def test_other_examples_widen_the_range_of_a_single_run():
    values = [0.89, 0.90, 0.91]
    same, other = (prediction_interval(values, examples=100, others=n) for n in (0, 100))
    assert other[0] < same[0] and other[1] > same[1] - 0.02
    # s^2 4/3 = 1.333e-4, 0.09 * 2 / 100 = 1.8e-3: the examples' part is the larger one
    assert other[1] - other[0] == pytest.approx(2 * 1.98 * np.sqrt(1.9333e-3), rel=0.03)


def test_a_single_run_of_the_same_system_is_as_expected():
    rng = np.random.default_rng(0)
    for n in (3, 10):
        mean, single = [], []
        for *values, published in rng.normal(0.97, 0.003, (4000, n + 1)):
            for found, (low, high) in (
                (mean, mean_interval(values)),
                (single, prediction_interval(values)),
            ):
                found.append(low <= published <= high)
        assert np.mean(single) == pytest.approx(0.95, abs=0.011)  # 3 standard errors
        # The interval of the mean misses 16 and 51 %: P(|T| > t / sqrt(n + 1)) of n - 1 degrees.
        assert np.mean(mean) == pytest.approx({3: 0.836, 10: 0.488}[n], abs=0.025)


def test_a_difference_on_the_same_images_by_hand():
    a = np.array([[1, 1, 1, 0], [1, 1, 1, 1]], bool)  # 0.75 and 1: variance 1/32, by 2: 1/64
    b = np.array([[1, 0, 1, 0], [1, 0, 1, 0]], bool)  # 0.5 twice
    # shares: 0 1 0 .5, their variance 0.2291667, by 4: 0.0572917; sum 0.0729167, its root 0.270031
    # degrees: 1 / (0.2142857^2 / 1 + 0.7857143^2 / 3) = 3.97476, t = 2.7833
    found = paired(a, b)
    assert found["difference"] == 0.375
    half = (found["interval"][1] - found["interval"][0]) / 2
    assert half == pytest.approx(0.270031 * 2.7833, abs=5e-4)
    assert found["p_value"] == pytest.approx(0.2376, abs=5e-4)


def test_a_difference_without_a_spread_is_left_to_mcnemar():
    right = np.array([[True, False]] * 3)
    assert paired(right, ~right) is paired(right[:1], right) is None


def test_equal_recipes_seldom_differ_on_new_images():
    rng = np.random.default_rng(0)
    found = []
    for _ in range(400):
        right = crossed(rng, 6, 200, 0.1)  # of six trainings of one recipe, three and three
        result = paired(right[:3], right[3:])
        found.append(result and result["p_value"] < 0.05)
    assert np.mean(found) <= 0.05


def test_holm_by_hand():
    # four answered: 0.01 * 4, then 0.02 * 3, then 0.03 * 2, which is no less than the one before, then 0.5
    assert holm([0.03, None, 0.01, 0.5, 0.02]) == pytest.approx([0.06, None, 0.04, 0.5, 0.06])
    assert holm([0.6, 0.7]) == [1, 1] and holm([None]) == [None] and holm([]) == []


def test_the_mean_best_of_single_runs_by_hand():
    # two configurations with two seeds: the best of a draw is .2, .4, .4 or .5, once .4 from either
    mean, low, high = best_of_single_runs([[0.1, 0.4], [0.2, 0.5]])
    assert mean == pytest.approx((0.2 + 0.5 + 0.4 + 0.5) / 4)
    assert low < 0.2 and high > 0.5  # there could be others than these


def test_the_mean_best_of_single_runs_agrees_with_a_simulation():
    rng = np.random.default_rng(0)
    scores = rng.normal(0.5, 0.01, (15, 3))
    drawn = scores[np.arange(15), rng.integers(0, 3, (20000, 15))].max(axis=1)
    assert best_of_single_runs(scores)[0] == pytest.approx(drawn.mean(), abs=2e-4)


def test_the_best_of_one_configuration_is_a_single_run():
    values = [0.5, 0.52, 0.54]
    _, *ends = best_of_single_runs([values])
    assert ends == pytest.approx(prediction_interval(values), abs=1e-9)


def test_the_best_of_another_sweep_is_in_its_predicted_range():
    rng = np.random.default_rng(0)
    covered = []
    for _ in range(300):
        means = rng.normal(0.5, 0.01, 15)
        _, low, high = best_of_single_runs(rng.normal(means[:, None], 0.008, (15, 3)))
        covered.append(low <= rng.normal(means, 0.008).max() <= high)
    assert np.mean(covered) >= 0.87  # of the scores alone that the seeds had: 64 %


def test_the_best_of_single_seeds_has_the_spread_of_the_examples():
    # sqrt(0.25 * 2 / 100) = 0.0707 around one configuration's only score
    mean, low, high = best_of_single_runs([[0.5]], 100)
    assert (mean, low, high) == pytest.approx(
        (0.5, 0.5 - 1.96 * 0.070711, 0.5 + 1.96 * 0.070711), abs=1e-4
    )


def test_failed_configurations_are_left_out_of_the_best_single():
    assert best_of_single_runs([[], [0.3]]) == (0.3, 0.3, 0.3)


def test_two_mistakes_in_forty_may_be_83_or_99_percent():
    """As the tutorial says."""
    low, high, _ = accuracy_interval([38 / 40], 40)
    assert (round(low, 2), round(high, 2)) == (0.83, 0.99)


def test_holm_keeps_its_level_without_differences():
    rng = np.random.default_rng(0)
    wrong = np.mean([min(holm(rng.random(10).tolist())) < 0.05 for _ in range(4000)])
    assert wrong == pytest.approx(0.05, abs=0.011)  # three standard errors


def test_the_best_of_a_sweep_is_between_0_and_1():
    for scores, examples in (([[0.99, 0.98], [0.97, 0.99]], 0), ([[0.99], [0.97]], 100)):
        mean, low, high = best_of_single_runs(scores, examples)
        assert 0 <= low <= mean <= high <= 1
