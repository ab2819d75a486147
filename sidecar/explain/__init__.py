"""From any SDK's text to the cause that it states. Pure: bytes in, an explanation out."""
