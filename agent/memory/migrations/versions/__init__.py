"""One file for each version; none is ever changed once it was released."""
