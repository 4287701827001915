"""Times are read in UTC, whatever the zone of the server or of this machine."""

from sqlalchemy import text

from polidat.db import Database


def test_a_connection_is_in_utc_wherever_it_is_made(shared_database, monkeypatch):
    monkeypatch.setenv("PGTZ", "America/New_York")
    elsewhere = Database(shared_database.url, pool_size=1)
    try:
        with elsewhere.reading() as session:
            at = session.scalar(text("SELECT timestamptz '2026-12-31 23:30:00-05'"))
            assert f"{at:%d %B %Y}" == "01 January 2027"
    finally:
        elsewhere.close()
