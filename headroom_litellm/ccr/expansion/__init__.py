"""Showing originals again that a user's message asks about: what it asks, where that stands, and how it is shown."""
