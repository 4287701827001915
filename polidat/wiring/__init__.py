"""The only room that knows every room: the open house, what reacts to what, which job is whose."""

from polidat.wiring.anchor import (
    anchor_public_key,
    anchors_file,
    check_anchors,
    check_audit,
    check_books,
    keep_anchor,
    seal_books,
)
from polidat.wiring.anchor_key import new_anchor_key
from polidat.wiring.auctions import bid_in_auction
from polidat.wiring.demo import DemoPerson, demo_people, is_loaded, load_demo, load_demo_beside
from polidat.wiring.house import House, open_house, the_house
from polidat.wiring.ingest import ingest_now
from polidat.wiring.reconcile import BooksReport, reconcile_books
from polidat.wiring.suites import keep_suite_text, suite_text

__all__ = [
    "BooksReport",
    "DemoPerson",
    "House",
    "anchor_public_key",
    "anchors_file",
    "bid_in_auction",
    "check_anchors",
    "check_audit",
    "check_books",
    "demo_people",
    "ingest_now",
    "is_loaded",
    "keep_anchor",
    "keep_suite_text",
    "load_demo",
    "load_demo_beside",
    "new_anchor_key",
    "open_house",
    "reconcile_books",
    "seal_books",
    "suite_text",
    "the_house",
]
