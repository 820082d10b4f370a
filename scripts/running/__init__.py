"""A run of the workflow: its lock, progress and results on the screen, and helpers of the rules."""
