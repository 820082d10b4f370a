"""What the report shows: of each experiment, and of experiments next to each other."""
