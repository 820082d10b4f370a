"""Experiments that are code: what cannot be said in config.yaml, since it takes a wrong network."""
