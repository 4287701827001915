"""What Streamlit's theme cannot say: the house's buttons that leave the page, and room where it is needed."""

import html
from pathlib import Path

import streamlit as st

_LOGO = Path(__file__).with_name("logo.svg")
_STYLE = """
<style>
.stMainBlockContainer {{ max-width: 78rem; padding-top: 4.5rem; }}
.polidat-button {{
  display: inline-block; padding: .5rem 1.1rem; border: 1px solid {fill}; border-radius: .6rem; background: {fill};
  color: {words} !important; font: inherit; font-weight: 600; text-decoration: none !important; cursor: pointer;
}}
.polidat-button.polidat-quiet {{ background: transparent; color: {fill} !important; }}
.polidat-button:hover {{ filter: brightness(1.12); }}
.polidat-button:focus-visible {{ outline: 3px solid {ring}; outline-offset: 2px; }}
form.polidat-form {{ margin: 0; }}
/* figures beside each other, as many as fit; a long amount goes on in a second line */
[class*="_tiles"] {{
  display: grid !important; grid-template-columns: repeat(auto-fit, minmax(8.5rem, 1fr)); gap: .75rem;
}}
[class*="_tiles"] > * {{ width: auto !important; }}
[class*="_tiles"] [data-testid="stMetricValue"], [class*="_tiles"] [data-testid="stMetricValue"] * {{
  font-size: 1.2rem; font-weight: 600; line-height: 1.35; white-space: normal; overflow: visible;
}}
/* what is for sale comes before what it is made of, where both do not fit beside each other */
.st-key-listing_body [data-testid="stHorizontalBlock"] {{ flex-wrap: wrap-reverse; }}
</style>
"""
_COLOURS = {
    "light": {"fill": "#1f4e8c", "words": "#ffffff", "ring": "#9cc0ee"},
    "dark": {"fill": "#7fb2ff", "words": "#0f1623", "ring": "#2a5da8"},
}


def dress() -> None:
    """Draw the house's name and its own styles, in the colours of the visitor's theme."""
    st.logo(str(_LOGO), size="large", link=None)
    st.html(_STYLE.format(**_COLOURS["dark" if st.context.theme.type == "dark" else "light"]))


def same_tab(label: str, address: str, *, key: str, quiet: bool = False) -> None:
    """Draw a link that looks like a button, a `quiet` one beside another, and opens in this tab."""
    look = "polidat-button polidat-quiet" if quiet else "polidat-button"
    st.html(
        f'<a id="{html.escape(key)}" class="{look}" target="_self" '
        f'href="{html.escape(address, quote=True)}">{html.escape(label)}</a>'
    )


def short_number(count: int) -> str:
    """Return a count for a card: 950, 11.5k, 2.3M."""
    for size, letter in ((1_000_000, "M"), (1_000, "k")):
        if count >= size:
            return f"{count / size:.1f}".removesuffix(".0") + letter
    return str(count)
