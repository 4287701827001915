"""Coming back from Stripe: ask how it ended, whatever the webhooks do."""

from collections.abc import Callable
from typing import TypeVar

import streamlit as st

from pages.parts.page import errors_shown
from polidat.payments import StripeAway

_T = TypeVar("_T")


def ended(param: str, ask: Callable[[str], _T]) -> _T | None:
    """Return what `ask` says about the thing the address names; None when it names none, or nobody can say now."""
    ref = st.query_params.get(param, "")
    if not ref:
        return None
    with errors_shown():
        try:
            with st.spinner("Asking Stripe …"):
                return ask(ref)
        except StripeAway:
            st.warning("Stripe does not answer at the moment. What you did there will be here as soon as it does.")
    return None
