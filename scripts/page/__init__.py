"""The parts of the report: a section per experiment, pictures, and comparisons."""
