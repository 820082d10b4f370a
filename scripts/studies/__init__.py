"""Experiments in code: they need wrong networks, which config.yaml cannot describe."""
