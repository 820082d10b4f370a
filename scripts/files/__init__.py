"""Files of the pipeline: how they are written and read, and what each kind holds."""
