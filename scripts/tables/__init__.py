"""Turn finished experiments into rows of tables: the summary, the scoreboard, comparisons."""
