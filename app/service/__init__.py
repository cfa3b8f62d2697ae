"""What every face calls: jobs over the director, whose they are, and what happens while they run."""
