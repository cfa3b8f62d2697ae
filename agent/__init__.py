"""The director: it plans, shoots, reviews, revises and assembles."""
