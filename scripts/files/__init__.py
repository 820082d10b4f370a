"""Files of the pipeline: writing, reading, and the content of each kind."""
