"""What the director remembers: projects, storyboards, takes, verdicts and cuts, in one SQLite file per home."""
