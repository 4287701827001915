"""The only room that knows every room: the open house, what reacts to what, which job is whose."""

from polidat.wiring.anchor import anchors_file, check_audit, check_books, keep_anchor, seal_books
from polidat.wiring.auctions import bid_in_auction
from polidat.wiring.demo import DemoPerson, demo_people, is_loaded, load_demo, load_demo_beside
from polidat.wiring.house import House, open_house, the_house
from polidat.wiring.ingest import ingest_now
from polidat.wiring.reconcile import reconcile_books
from polidat.wiring.suites import keep_suite_text, suite_text

__all__ = [
    "DemoPerson",
    "House",
    "anchors_file",
    "bid_in_auction",
    "check_audit",
    "check_books",
    "demo_people",
    "ingest_now",
    "is_loaded",
    "keep_anchor",
    "keep_suite_text",
    "load_demo",
    "load_demo_beside",
    "open_house",
    "reconcile_books",
    "seal_books",
    "suite_text",
    "the_house",
]
