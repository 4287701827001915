"""A button that posts a form to a route of ours, in this tab."""

import html
from collections.abc import Mapping

import streamlit as st


def post_button(label: str, action: str, fields: Mapping[str, str], *, key: str) -> None:
    """Draw the button. A page cannot set a cookie, a route can."""
    hidden = "".join(
        f'<input type="hidden" name="{html.escape(name)}" value="{html.escape(value, quote=True)}">'
        for name, value in fields.items()
    )
    st.html(
        f'<form class="polidat-form" method="post" action="{html.escape(action, quote=True)}" target="_self">{hidden}'
        f'<button type="submit" id="{html.escape(key)}" class="polidat-button">{html.escape(label)}</button></form>'
    )
