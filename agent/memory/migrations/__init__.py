"""The schema of the memory, version by version."""
