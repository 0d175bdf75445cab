"""Which originals a user's follow-up question brings back, and which it should."""
