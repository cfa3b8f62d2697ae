"""Entrances: the command line, and the one place that chooses real things."""
