"""Names of runs, by hand."""

import pytest

from experiments.naming import as_json, configuration_name, digest, once, short_keys, text_of


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.001, "0.001"),
        (1e-05, "1e-05"),
        (64, "64"),
        (True, "true"),
        (None, "null"),
        ("adam", "adam"),
        ([64, 32], "64-32"),
        ([], "none"),
        ({"name": "adam", "beta1": 0.8}, "adam-beta1=0.8"),
        ({"name": "step", "milestones": [2, 4], "factor": 0.1}, "step-milestones=2-4-factor=0.1"),
        ({"beta1": 0.8}, "beta1=0.8"),
        ("a/b c", "a_b_c"),
        ("..", ".."),
    ],
)
def test_values_are_readable_in_file_names(value, text):
    assert text_of(value) == text


def test_a_key_is_its_last_part_unless_two_end_alike():
    assert short_keys(["training.l2", "network.hidden"]) == {
        "training.l2": "l2",
        "network.hidden": "hidden",
    }
    assert short_keys(["a.x", "b.x", "c.y"]) == {"a.x": "a.x", "b.x": "b.x", "c.y": "y"}


def test_a_configuration_is_named_by_what_it_changes_in_that_order():
    names = {"training.l2": "l2", "network.hidden": "hidden"}
    change = {"network.hidden": [8], "training.l2": 0.1}
    assert configuration_name(change, names) == "hidden=8__l2=0.1"
    assert configuration_name({}, {}) == ""


def test_digests_and_json_do_not_depend_on_the_order_of_keys():
    assert digest({"a": 1, "b": 2}) == digest({"b": 2, "a": 1})
    assert digest({"a": 1}) != digest({"a": 2})
    assert len(digest([])) == 8
    assert as_json({"b": 1, "a": [1, 2]}) == '{"a":[1,2],"b":1}'
    assert as_json({"b": 1, "a": 2}, sort=False) == '{"b":1,"a":2}'


def test_shared_parts_are_looked_at_once_and_changed_ones_again():
    seen = []
    look = once(lambda part, more: seen.append(part) or [*part, more])
    part = ["unit"]
    assert look(part, 1) is look(part, 1) and look(part, 1) == ["unit", 1]
    assert look(["unit"], 1) == ["unit", 1] and look(part, 2) == ["unit", 2]
    assert len(seen) == 3


def test_the_parts_of_a_cached_result_keep_their_identity():
    length = once(len)
    # Were they not kept, later lists would get the identities of earlier ones, and their lengths.
    assert [length([0] * (i % 7)) for i in range(1000)] == [i % 7 for i in range(1000)]
