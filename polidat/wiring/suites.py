"""A seller's own expectations: shown, checked and kept."""

import json
from typing import Any

from sqlalchemy.orm import Session

from polidat.core import Invalid
from polidat.lake import Dataset, keep_suite
from polidat.people import Person


def check_kind(kind: str) -> None:
    """Raise Invalid for a kind of data we do not know; empty is chosen by the columns."""
    if kind:
        from pipelines.validate import suite_for  # loaded by who names a kind

        suite_for(kind)


def suite_text(dataset: Dataset) -> str:
    """Return the expectations a dataset is checked against, as JSON to edit."""
    from pipelines.validate import suite_for  # loaded by who looks at expectations

    suite: dict[str, Any] = dataset.suite or suite_for(dataset.kind or "generic").as_json()
    return json.dumps(suite, indent=1)


def keep_suite_text(session: Session, owner: Person, dataset_id: int, text: str) -> None:
    """Check edited expectations and keep them for the next version; empty text returns to those of the kind.

    Raises Invalid, which says where the text is wrong.
    """
    if not text.strip():
        keep_suite(session, owner, dataset_id, None)
        return
    try:
        raw = json.loads(text)
    except ValueError as error:
        raise Invalid(f"The expectations are not JSON: {error}.") from None
    from pipelines.validate import parse_suite

    keep_suite(session, owner, dataset_id, parse_suite(raw).as_json())
