"""What listings said of their one way to send a good is the first of several."""

from polidat.db.migrations.run import run_sql

revision = "0048"
down_revision = "0047"

_SQL = """
UPDATE listing_shipping SET deliveries = jsonb_build_array(jsonb_build_object(
    'name', 'Standard delivery', 'price_minor', price_minor, 'countries', countries, 'days', NULL
)) WHERE deliveries = '[]';
ALTER TABLE listing_shipping DROP COLUMN price_minor;
ALTER TABLE listing_shipping DROP COLUMN countries;
"""


def upgrade() -> None:
    run_sql(_SQL)
