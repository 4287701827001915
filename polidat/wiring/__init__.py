"""The only room that knows every room: the open house, what reacts to what, which job is whose."""

from polidat.wiring.anchor import (
    anchor_public_key,
    anchors_file,
    check_anchors,
    check_audit,
    check_books,
    keep_anchor,
    kept_anchors,
    seal_books,
    trusted_keys,
)
from polidat.wiring.anchor_key import new_anchor_key
from polidat.wiring.auctions import bid_in_auction
from polidat.wiring.demo import DemoPerson, demo_people, is_loaded, load_demo, load_demo_beside
from polidat.wiring.export import export_day
from polidat.wiring.export_check import Checked, Seal, check_export, seal_of, signed_how
from polidat.wiring.exports import KeptExport, check_kept_export, export_file, export_lately, kept_exports
from polidat.wiring.house import House, open_house, the_house
from polidat.wiring.ingest import ingest_now
from polidat.wiring.reconcile import BooksReport, reconcile_books
from polidat.wiring.suites import check_kind, keep_suite_text, suite_text

__all__ = [
    "BooksReport",
    "Checked",
    "DemoPerson",
    "House",
    "KeptExport",
    "Seal",
    "anchor_public_key",
    "anchors_file",
    "bid_in_auction",
    "check_anchors",
    "check_audit",
    "check_books",
    "check_export",
    "check_kept_export",
    "check_kind",
    "demo_people",
    "export_day",
    "export_file",
    "export_lately",
    "ingest_now",
    "is_loaded",
    "keep_anchor",
    "keep_suite_text",
    "kept_anchors",
    "kept_exports",
    "load_demo",
    "load_demo_beside",
    "new_anchor_key",
    "open_house",
    "reconcile_books",
    "seal_books",
    "seal_of",
    "signed_how",
    "suite_text",
    "the_house",
    "trusted_keys",
]
