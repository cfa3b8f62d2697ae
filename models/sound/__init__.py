"""The audio autoencoder: mono waves as tokens of one base frame each, and back."""
