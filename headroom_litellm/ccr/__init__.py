"""Compress-Cache-Retrieve: keys, markers, the tool, and the answers to its calls."""
