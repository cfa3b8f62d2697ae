"""The entrances: command line and settings."""
