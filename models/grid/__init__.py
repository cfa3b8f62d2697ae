"""The grid codec: a video autoencoder of 16×16×4 pixels to a token, for any footage."""
