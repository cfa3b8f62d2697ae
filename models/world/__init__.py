"""The synthetic world: what the generators learn from, what the animatic draws, and the truth of every clip."""
