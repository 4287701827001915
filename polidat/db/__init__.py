"""PostgreSQL: engine, unit of work, read-only work, migrations, the embedded server."""

from polidat.db.chain import Chain, ChainCheck, Head
from polidat.db.embedded import EmbeddedServer, start_embedded
from polidat.db.engine import Base, Database, sql_text
from polidat.db.migrate import migrate, pending_migrations
from polidat.db.types import Xid8

__all__ = [
    "Base",
    "Chain",
    "ChainCheck",
    "Database",
    "EmbeddedServer",
    "Head",
    "Xid8",
    "migrate",
    "pending_migrations",
    "sql_text",
    "start_embedded",
]
