"""PostgreSQL types the ORM does not bring."""

from typing import Any

from sqlalchemy.dialects.postgresql import base
from sqlalchemy.types import UserDefinedType


class Xid8(UserDefinedType[int]):
    """PostgreSQL's 64-bit transaction id."""

    cache_ok = True

    def get_col_spec(self, **_: Any) -> str:
        """Return its name in DDL."""
        return "XID8"


_known_types: dict[str, Any] = vars(base)["ischema_names"]  # its type lists only the types it brings
_known_types["xid8"] = Xid8  # so that reading a schema back knows it
