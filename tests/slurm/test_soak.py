"""A short soak test; run tests/slurm/soak.py for a long one."""

import pytest
from soak import soak


@pytest.mark.exhaustive
def test_a_sweep_survives_faults_at_random(remote, local):
    wrong = soak(remote, local, runs=40, seed=0, every=12)
    assert not wrong, "\n".join(wrong)
