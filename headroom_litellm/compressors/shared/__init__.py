"""What several compressors need: signs of failure, notes on gaps, names asked for, opaque text, variety."""
