"""The HTTP face: OpenAI-compatible videos and chat, and the studio's own API."""
