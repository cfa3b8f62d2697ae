"""The training room: what the networks are taught, by which recipe, and what is kept while they learn."""
