"""What made each artifact: recorded, carried by the files themselves, told, and built again to compare."""
