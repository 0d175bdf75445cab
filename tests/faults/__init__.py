"""What becomes of requests while the store has a fault, and afterwards."""
