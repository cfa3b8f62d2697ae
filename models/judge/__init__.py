"""The judge: a network that answers claims about a film from its pictures and its sound."""
