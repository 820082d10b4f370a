"""Figures are drawn in the shared style, as by scripts/plot.py."""

import pytest

from figures.style import styled


@pytest.fixture(autouse=True)
def style():
    with styled():
        yield
