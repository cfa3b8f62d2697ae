"""Talking about a film: what is said becomes intents, intents become changes of the plan, answers and choices."""
