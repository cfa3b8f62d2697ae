"""The film on paper: brief, shots, claims, critique, timeline."""
