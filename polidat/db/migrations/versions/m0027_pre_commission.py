"""What the house takes, as rules; a line of an order keeps the numbers of the rule it was sold under."""

from polidat.db.migrations.run import run_sql

revision = "0027"
down_revision = "0026"

# the stores' own rates become rules for everything they sell; the default of 15 % was in the code
_SQL = """
CREATE TABLE commission_rule (
    id BIGSERIAL NOT NULL,
    scope TEXT NOT NULL,
    category TEXT NOT NULL,
    store_id BIGINT,
    listing_id BIGINT,
    kind TEXT NOT NULL,
    bps BIGINT NOT NULL,
    currency TEXT NOT NULL,
    fixed_minor BIGINT NOT NULL,
    min_minor BIGINT NOT NULL,
    max_minor BIGINT,
    valid_from TIMESTAMP WITH TIME ZONE NOT NULL,
    valid_to TIMESTAMP WITH TIME ZONE,
    version BIGINT NOT NULL,
    CONSTRAINT pk_commission_rule PRIMARY KEY (id),
    CONSTRAINT fk_commission_rule_store_id FOREIGN KEY(store_id) REFERENCES store (id),
    CONSTRAINT fk_commission_rule_listing_id FOREIGN KEY(listing_id) REFERENCES listing (id),
    CONSTRAINT ck_commission_rule_numbers CHECK (bps between 0 and 10000 and fixed_minor >= 0 and min_minor >= 0),
    CONSTRAINT ck_commission_rule_limits CHECK (max_minor is null or max_minor >= min_minor),
    CONSTRAINT ck_commission_rule_currency CHECK (
        currency <> '' or (fixed_minor = 0 and min_minor = 0 and max_minor is null)
    ),
    CONSTRAINT ck_commission_rule_scope CHECK (
        (scope = 'category') = (category <> '') and (scope = 'store') = (store_id is not null)
        and (scope = 'listing') = (listing_id is not null)
    ),
    CONSTRAINT ck_commission_rule_validity CHECK (valid_to is null or valid_to >= valid_from)
);

CREATE UNIQUE INDEX uq_commission_rule_open ON commission_rule (kind, scope, category, store_id, listing_id, currency)
    NULLS NOT DISTINCT WHERE valid_to is null;

INSERT INTO commission_rule (scope, category, kind, bps, currency, fixed_minor, min_minor, valid_from, version)
SELECT 'default', '', kind, 1500, '', 0, 0, '2000-01-01T00:00:00Z', 1
FROM unnest(ARRAY['sale', 'subscription', 'usage', 'auction']) AS kind;

INSERT INTO commission_rule
    (scope, category, store_id, kind, bps, currency, fixed_minor, min_minor, valid_from, version)
SELECT 'store', '', store.id, kind, store.commission_bps, '', 0, 0, store.opened_at, 1
FROM store, unnest(ARRAY['sale', 'subscription', 'usage', 'auction']) AS kind
WHERE store.commission_bps IS NOT NULL;

ALTER TABLE order_line ADD COLUMN commission_fixed_minor BIGINT NOT NULL DEFAULT 0;
ALTER TABLE order_line ADD COLUMN commission_min_minor BIGINT NOT NULL DEFAULT 0;
ALTER TABLE order_line ADD COLUMN commission_max_minor BIGINT;
ALTER TABLE order_line ADD COLUMN commission_rule_id BIGINT;
ALTER TABLE order_line ADD COLUMN commission_version BIGINT NOT NULL DEFAULT 0;
ALTER TABLE order_line ADD CONSTRAINT fk_order_line_commission_rule_id
    FOREIGN KEY (commission_rule_id) REFERENCES commission_rule (id);
ALTER TABLE subscription ADD COLUMN commission_rule_id BIGINT;
ALTER TABLE subscription ADD COLUMN commission_version BIGINT NOT NULL DEFAULT 0;
ALTER TABLE subscription ADD CONSTRAINT fk_subscription_commission_rule_id
    FOREIGN KEY (commission_rule_id) REFERENCES commission_rule (id);
"""


def upgrade() -> None:
    run_sql(_SQL)
