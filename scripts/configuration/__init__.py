"""The config of a run: its files, its schema, and the plan made from them."""
