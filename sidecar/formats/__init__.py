"""How packages and programs say what is in them: parsers of bytes and names that anybody may have written. Pure.

Each returns what it found, and nothing for what it does not understand: none raises.
"""
