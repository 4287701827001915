"""A button that posts a form to a route of ours, in this tab."""

import html
from collections.abc import Mapping

import streamlit as st

_BUTTON = (
    "padding:.55rem 1.1rem;border-radius:.6rem;border:0;background:#1f4e8c;color:#fff;font-weight:600;cursor:pointer;"
    "font-family:inherit;font-size:.95rem"
)


def post_button(label: str, action: str, fields: Mapping[str, str], *, key: str) -> None:
    """Draw the button. A page cannot set a cookie, a route can."""
    hidden = "".join(
        f'<input type="hidden" name="{html.escape(name)}" value="{html.escape(value, quote=True)}">'
        for name, value in fields.items()
    )
    st.html(
        f'<form method="post" action="{html.escape(action, quote=True)}" target="_self">{hidden}'
        f'<button type="submit" id="{html.escape(key)}" style="{_BUTTON}">{html.escape(label)}</button></form>'
    )
