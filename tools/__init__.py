"""What the director may call: shots in, takes and cuts out."""
