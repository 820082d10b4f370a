"""Groups of arrays by the prefix of their names."""

import numpy as np

from components.groups import group, prefixed


def test_a_group_is_found_by_its_prefix():
    arrays = {**prefixed("a.", {"x": np.array(1)}), **prefixed("b.", {"x": np.array(2)})}
    assert arrays == {"a.x": 1, "b.x": 2}
    assert group(arrays, "b.") == {"x": 2}
