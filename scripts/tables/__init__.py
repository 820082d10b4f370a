"""Finished experiments in, rows of tables out: the summary, the scoreboard, comparisons."""
