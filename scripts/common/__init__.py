"""What the programs share, and the workflow asks of them."""
