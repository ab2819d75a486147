"""Markup that no text can break out of: what is not `Markup` is text, and is escaped. Pure."""

from html import escape as escape_html

from sidecar.render.remedy import escape


class Markup(str):
    """HTML of ours, which goes into an element as it is. Every other str is text."""

    __slots__ = ()


NOTHING = Markup()


def element(tag: str, *inside: str, **attributes: str) -> Markup:
    """Return an element around markup and text. ``class_`` is the attribute class, ``aria_label`` is aria-label."""
    told = "".join(f' {name.rstrip("_").replace("_", "-")}="{_safe(value)}"' for name, value in attributes.items())
    return Markup(f"<{tag}{told}>{joined(*inside)}</{tag}>")


def block(tag: str, *inside: str, **attributes: str) -> Markup:
    """Return an element as `element` does, with all that is in it on lines of its own."""
    return element(tag, lines(NOTHING, *filter(None, inside), NOTHING), **attributes)


def joined(*parts: str) -> Markup:
    """Return markup and text behind one another."""
    return Markup("".join(map(_safe, parts)))


def lines(*parts: str) -> Markup:
    """Return markup and text, each on a line of its own."""
    return Markup("\n".join(map(_safe, parts)))


def _safe(text: str) -> str:
    return text if isinstance(text, Markup) else escape_html(escape(text))
