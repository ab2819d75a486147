"""Gathering: all input and output of a diagnosis. Nothing here judges."""
