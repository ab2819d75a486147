"""Tells lines apart by their shape: what differs from one repetition to the next is masked. Pure."""

_HEX = b"0123456789abcdefABCDEF"
_TABLE = bytes.maketrans(_HEX, b"0" * len(_HEX))
# What is written in digits and yet says which fault it is.
_TELLING = (
    b"169.254.169.254",
    b"169.254.170.2",
    b"fd00:ec2::2",
    b" 404",
    b" 403",
    b" 407",
    b" 500",
    b"/i-0",
    b":i-0",
    b"=407",
)


def shape(line: bytes) -> tuple[bytes, ...]:
    """Return what two lines have in common that say the same of other times, requests and accounts."""
    return (line.translate(_TABLE), *[mark for mark in _TELLING if mark in line])
