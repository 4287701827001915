"""What every document shares: fonts, margins, heading, rows of an amount, foot, number of the page."""

import io
import unicodedata
from collections.abc import Iterable, Sequence
from functools import cache
from types import SimpleNamespace
from typing import Any

LARGE, SMALL, TINY = 10, 9, 7  # points
_TITLE = 18
_FONT, _BOLD = "Vera", "VeraBd"
_GREY = 0.4
_HEAD, _HEAD_LINE, _ROW = 8, 5, 7  # millimetres
_FOOT, _FOOT_LINE, _NUMBER = 16, 4, 12
_PAGE_MM = 210
_MM = 72 / 25.4  # in points


def unprintable(words: str) -> str:
    """Return the letters of these words that no document can show, not even without accents.

    All of them, if they are accents and blanks only: nothing would be drawn.
    """
    known = _library().letters
    if words.strip() and not "".join(_plainer(each, known) for each in words).strip():
        return words
    return "".join(dict.fromkeys(each for each in words if "?" in _plainer(each, known) and each != "?"))


@cache
def _library() -> SimpleNamespace:
    """What draws, loaded by the first document: a command that makes none does not wait for it."""
    from reportlab.lib import utils
    from reportlab.lib.pagesizes import A4
    from reportlab.pdfbase import pdfmetrics
    from reportlab.pdfbase.ttfonts import TTFont
    from reportlab.pdfgen.canvas import Canvas

    fonts: Any = pdfmetrics  # the library has no types
    tools: Any = utils
    for name in (_FONT, _BOLD):
        fonts.registerFont(TTFont(name, f"{name}.ttf"))
    return SimpleNamespace(
        canvas=Canvas,
        size=A4,
        cut=tools.simpleSplit,
        width=fonts.stringWidth,
        letters=fonts.getFont(_FONT).face.charToGlyph,
    )


def _plainer(letter: str, known: Any) -> str:
    if ord(letter) in known:
        return letter
    plain = "".join(each for each in unicodedata.normalize("NFKD", letter) if ord(each) in known)
    return plain or ("" if unicodedata.combining(letter) else "?")


class Paper:
    """A document of A4 sheets; every place is in millimetres from the lower left corner, `top` is where it begins.

    A letter the fonts do not have is drawn without its accents, or as a question mark.
    """

    def __init__(self, title: str, *, margin: int = 20, top: int = 275) -> None:
        self.left, self.right, self.top = margin, _PAGE_MM - margin, top
        draws = _library()
        self._letters: Any = draws.letters
        self._target = io.BytesIO()
        self._page: Any = draws.canvas(self._target, pagesize=draws.size, invariant=True)
        self._page.setTitle(title)

    def write(
        self, x: float, y: float, words: str, *, size: float = LARGE, bold: bool = False, grey: bool = False,
        to_right: bool = False,
    ) -> None:  # fmt: skip
        """Draw one line of words that begins at `x`, or ends there."""
        self._page.setFont(_BOLD if bold else _FONT, size)
        self._page.setFillGray(_GREY if grey else 0)
        draw = self._page.drawRightString if to_right else self._page.drawString
        draw(x * _MM, y * _MM, self._drawable(words))
        self._page.setFillGray(0)

    def wrapped(self, words: str, width: float, *, size: float = LARGE, bold: bool = False) -> Sequence[str]:
        """Return the lines these words take in so many millimetres, at least one; a word that is longer is broken."""
        font = _BOLD if bold else _FONT
        lines: list[str] = _library().cut(self._drawable(words), font, size, width * _MM)
        return [part for line in lines for part in self._broken(line, font, size, width * _MM)] or [""]

    def _broken(self, line: str, font: str, size: float, points: float) -> Sequence[str]:
        parts = [""]
        for letter in line:
            if parts[-1] and _library().width(parts[-1] + letter, font, size) > points:
                parts.append("")
            parts[-1] += letter
        return parts

    def rule(self, y: float) -> None:
        """Draw a line from margin to margin."""
        self._page.line(self.left * _MM, y * _MM, self.right * _MM, y * _MM)

    def heading(self, title: str, lines: Iterable[str]) -> float:
        """Draw the title with what it is about below, and return where that ends."""
        self.write(self.left, self.top, title, size=_TITLE, bold=True)
        y = self.top - _HEAD
        for words in lines:
            self.write(self.left, y, words, size=SMALL, grey=True)
            y -= _HEAD_LINE
        return y

    def row(self, y: float, label: str, amount: str, *, is_sum: bool = False, right: float | None = None) -> float:
        """Draw a label with its amount, a sum in bold, and return where the next row goes."""
        self.write(self.left, y, label, bold=is_sum)
        self.write(right or self.right, y, amount, bold=is_sum, to_right=True)
        return y - _ROW

    def foot(self, *lines: str) -> None:
        """Draw what is true of the whole document at the foot of this sheet; more lines begin higher."""
        for above, words in enumerate(reversed(lines)):
            self.write(self.left, _FOOT + above * _FOOT_LINE, words, size=TINY, grey=True)

    def foot_height(self, lines: int) -> float:
        """Return how high a foot of so many lines goes."""
        return _FOOT + lines * _FOOT_LINE

    def number(self, number: int, count: int) -> None:
        """Draw the number of this sheet."""
        self.write(self.right, _NUMBER, f"Page {number} of {count}", size=TINY, to_right=True)

    def end_sheet(self) -> None:
        """Go on with another sheet."""
        self._page.showPage()

    def finished(self) -> bytes:
        """Return the document as PDF."""
        self._page.save()
        return self._target.getvalue()

    def _drawable(self, words: str) -> str:
        return "".join(_plainer(each, self._letters) for each in words)
