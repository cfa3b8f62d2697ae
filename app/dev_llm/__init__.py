"""A scripted language model over real HTTP: developers drive films with it, tests drive the agent to its edges."""
