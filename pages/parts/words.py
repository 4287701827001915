"""Words of people as they wrote them: a page draws Markdown, and a title is no place for somebody's link."""

import re

_MARKUP = re.compile(r"[\\`*_\[\]<>$~|]|:(?=//)|(?<=www)\.", re.IGNORECASE)


def plain(words: str) -> str:
    """Return words that Markdown draws as they are: no link, image, emphasis or formula comes of them."""
    return _MARKUP.sub(lambda found: "\\" + found[0], words)
