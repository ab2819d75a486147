"""Renderings of one report, one file per reader. Pure: text in, text out."""
