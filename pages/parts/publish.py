"""What a version holds, and how it is offered."""

from dataclasses import replace

import streamlit as st
from sqlalchemy.orm import Session

from pages.parts.asking import AskingInput, asking_inputs
from pages.parts.page import errors_shown, house
from pages.parts.quality import show_quality
from pages.parts.shipping import ShippingInput, shipping_inputs
from polidat.catalog import (
    KNOWN_LICENCES,
    Interval,
    Listing,
    ListingState,
    PlanOffer,
    Priced,
    ask_buyers,
    ask_nothing,
    describe_listing,
    licence_name,
    licence_of,
    plans_of,
    publish_listing,
    set_licence,
    set_plans,
    set_price,
    set_shipping,
    set_usage_prices,
    usage_prices,
)
from polidat.core import Invalid, Money, micros_text, parse_micros
from polidat.lake import Dataset, DatasetVersion
from polidat.people import Person
from polidat.query import run_select
from polidat.wiring import keep_suite_text, suite_text

_REJECTS = "_rejects"
_CURRENCIES = ["usd", "eur", "gbp"]
_TRIAL = "trial"
_USES = {
    Priced.QUERY: "Price of one query, such as 0.0135",
    Priced.ANSWER: "Price of one answer",
    Priced.GIGABYTE: "Price of a gigabyte a query scans",
}


def show_version(version: DatasetVersion) -> None:
    """Draw the tables, the report and the rejected rows of a version."""
    st.write(f"Version {version.number}: {version.rows:,} rows kept, {version.rejected_rows:,} rejected.")
    for note in version.reading.get("notes", []):
        st.caption(note)
    st.dataframe(
        [{"table": each.name, "rows": each.rows, "columns": len(each.columns)} for each in version.readable()],
        hide_index=True,
        key="version_tables",
    )
    if version.is_blocked:
        st.error("A blocking expectation failed: this version cannot be published. Readers stay on the one before.")
    show_quality(version.validation)
    rejects = [each for each in version.readable(hidden=True) if each.name == _REJECTS]
    if rejects:
        with st.expander(f"Rejected rows ({version.rejected_rows:,})"), errors_shown():
            seen = [replace(each, hidden=False) for each in rejects]  # hidden from buyers, not from their seller
            rows = run_select(house().query_pool, seen, f'SELECT * FROM "{seen[0].name}" LIMIT 500')  # noqa: S608  our name
            st.dataframe(rows.to_arrow(), hide_index=True, key="rejects")


def expectations_form(dataset: Dataset, me: Person) -> None:
    """Draw the expectations for editing; they judge the next version."""
    with st.expander("Expectations (great-expectations JSON)"):
        if not st.toggle("Edit them", key=f"edit_suite_{dataset.id}"):
            st.caption("What the data is checked against. A blocking expectation that fails stops publication.")
            return
        text = st.text_area(
            "Empty returns to those of the kind.", suite_text(dataset), height=300, key=f"suite_{dataset.id}"
        )
        if st.button("Keep them", key="keep_suite"):
            with errors_shown():
                with house().unit_of_work() as session:
                    keep_suite_text(session, me, dataset.id, text)
                st.success("Kept: the next upload is checked against them.")


def offer_form(listing: Listing, me: Person) -> None:
    """Draw the form that describes, prices and publishes."""
    with st.form(f"offer_{listing.slug}"):
        summary = st.text_input("Summary, one sentence", listing.summary, key=f"summary_{listing.slug}")
        description = st.text_area("Description (Markdown)", listing.description, key=f"description_{listing.slug}")
        category = st.text_input("Category", listing.category, key=f"category_{listing.slug}")
        licence, words = _licence_inputs(listing)
        attribution = st.text_input("Source and attribution", listing.attribution, key=f"attribution_{listing.slug}")
        price = st.text_input(
            "Price of all of it (0 is free, empty is not sold at once)", _amount(listing), key=f"price_{listing.slug}"
        )
        codes = [listing.currency, *(each for each in _CURRENCIES if each != listing.currency)]
        code = st.selectbox("Currency", codes, key=f"currency_{listing.slug}")
        plans = _plan_inputs(listing)
        by_use = _usage_inputs(listing)
        asking = asking_inputs(listing)
        ships = shipping_inputs(listing)
        sent = st.form_submit_button("Publish", type="primary", key="publish")
    if not sent:
        st.caption("Published." if listing.state == ListingState.PUBLISHED else "Not published yet.")
        return
    here = house()
    with errors_shown():
        with here.unit_of_work() as session:
            describe_listing(
                session,
                me,
                listing.id,
                summary=summary,
                description=description,
                category=category,
                attribution=attribution,
                tags=listing.tags,
            )
            set_licence(session, me, listing.id, licence, words, now=here.now())
            set_price(session, me, listing.id, Money.parse(price, code) if price.strip() else None)
            _sell_otherwise(session, me, listing, code, by_use=by_use, plans=plans, ships=ships)
            _ask(session, me, listing, asking)
            publish_listing(session, me, listing.id, now=here.now())
        st.success(f"Published: everybody can find “{listing.title}” now.")


def _sell_otherwise(
    session: Session,
    me: Person,
    listing: Listing,
    code: str,
    *,
    by_use: dict[Priced, str],
    plans: dict[str, str],
    ships: ShippingInput,
) -> None:
    """By use and by subscription, or as a good that ships: what ends goes before what begins."""
    if not ships.ships:
        set_shipping(session, me, listing.id, None, now=house().now())
    micros = {kind: parse_micros(text, code) for kind, text in by_use.items() if text.strip()}
    set_usage_prices(session, me, listing.id, micros)
    set_plans(session, me, listing.id, _plans(plans, code))
    if ships.ships:
        set_shipping(session, me, listing.id, ships.offer(code), now=house().now())


def _ask(session: Session, me: Person, listing: Listing, asking: AskingInput) -> None:
    if not asking.asks:
        ask_nothing(session, me, listing.id)
        return
    ask_buyers(
        session,
        me,
        listing.id,
        countries=asking.countries,
        purposes=asking.purposes,
        by_seller=asking.by_seller,
        now=house().now(),
    )


def _licence_inputs(listing: Listing) -> tuple[str, str]:
    """Draw the choice of a licence; other terms than before are a new version that buyers accept."""
    with house().reading() as session:
        kept = licence_of(session, listing.id)
    codes = list(KNOWN_LICENCES)
    code = st.selectbox(
        f"Licence (version {kept.number} now)", codes, index=codes.index(kept.code),
        format_func=_licence_shown, key=f"licence_{listing.slug}",
    )  # fmt: skip
    words = st.text_area("Terms of your own, beside or instead of it", kept.words, key=f"words_{listing.slug}")
    return code, words


def _licence_shown(code: str) -> str:
    """A licence by its name, with the short name others know it by, where there is one."""
    return licence_name(code) if code.startswith("LicenseRef-") else f"{licence_name(code)} ({code})"


def _plan_inputs(listing: Listing) -> dict[str, str]:
    """Draw the prices of subscriptions; empty ones are not offered."""
    with house().reading() as session:
        kept = {each.interval: each for each in plans_of(session, listing.id)}
    days = str(max((each.trial_days for each in kept.values()), default=0))
    with st.expander("Sell by subscription", expanded=bool(kept)):
        return {
            **{
                interval: st.text_input(
                    f"Price of a {interval}",
                    str(kept[interval].price).split(" ")[0].replace(",", "") if interval in kept else "",
                    key=f"plan_{interval}_{listing.slug}",
                )
                for interval in Interval
            },
            _TRIAL: st.text_input("Free days before the first payment", days, key=f"trial_{listing.slug}"),
        }


def _plans(given: dict[str, str], code: str) -> dict[Interval, PlanOffer]:
    days = given[_TRIAL].strip() or "0"
    if not days.isdecimal():
        raise Invalid("Free days are a whole number, 0 for none.")
    return {
        interval: PlanOffer(Money.parse(given[interval], code), int(days))
        for interval in Interval
        if given[interval].strip()
    }


def _usage_inputs(listing: Listing) -> dict[Priced, str]:
    """Draw the prices of single uses; empty ones are not asked."""
    with house().reading() as session:
        kept = usage_prices(session, listing.id)
    with st.expander("Sell by use, from buyers' wallets", expanded=bool(kept)):
        return {
            kind: st.text_input(label, _plain(kept.get(kind, 0), listing.currency), key=f"use_{kind}_{listing.slug}")
            for kind, label in _USES.items()
        }


def _plain(micros: int, code: str) -> str:
    return micros_text(micros, code).split(" ")[0].replace(",", "") if micros else ""


def _amount(listing: Listing) -> str:
    if listing.price is None:
        return "" if listing.state == ListingState.PUBLISHED else "19.00"
    return str(listing.price).split(" ")[0].replace(",", "")
