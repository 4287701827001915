"""What a seller asks buyers, as a part of the offer."""

from dataclasses import dataclass

import streamlit as st

from pages.parts.page import house
from polidat.catalog import Listing, asking_of


@dataclass(frozen=True)
class AskingInput:
    """What the seller filled in; without `asks` nothing is asked."""

    asks: bool
    countries: list[str]
    purposes: list[str]
    by_seller: bool


def asking_inputs(listing: Listing) -> AskingInput:
    """Draw what buyers are asked, and who decides."""
    with house().reading() as session:
        kept = asking_of(session, listing.id)
    with st.expander("Ask buyers who they are", expanded=kept is not None):
        asks = st.checkbox("Ask who, where and what for", kept is not None, key=f"asks_{listing.slug}")
        countries = st.text_input(
            "Only in these countries (two letters each, with commas; empty for any)",
            ", ".join(kept.countries) if kept else "",
            key=f"countries_{listing.slug}",
        )
        purposes = st.text_area(
            "Only for these purposes (one a line; empty for any)",
            "\n".join(kept.purposes) if kept else "",
            key=f"purposes_{listing.slug}",
        )
        by_seller = st.checkbox(
            "I decide about each of them, within a day of the payment (else it is given back)",
            kept is not None and kept.by_seller,
            key=f"by_seller_{listing.slug}",
        )
    return AskingInput(asks, countries.split(","), purposes.splitlines(), by_seller)
