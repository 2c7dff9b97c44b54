"""The city's published record as a synthetic file: written by `writing`, read by `reading`."""
