"""The layers codec: a plate behind, a sheet for every subject, and few numbers a frame that move them."""
