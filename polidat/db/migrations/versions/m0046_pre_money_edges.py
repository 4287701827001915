"""What is not to be paid twice: doubled subscriptions, unused hosting, and what banks have kept of which line."""

from polidat.db.migrations.run import run_sql

revision = "0046"
down_revision = "0045"

_SQL = """
ALTER TABLE subscription ADD COLUMN doubles_id BIGINT
    CONSTRAINT fk_subscription_doubles_id REFERENCES subscription (id);

ALTER TABLE hosting_month ADD COLUMN returned_minor BIGINT NOT NULL DEFAULT 0;

ALTER TABLE cart ADD COLUMN client TEXT NOT NULL DEFAULT '';

ALTER TABLE shipment ADD COLUMN reminded BIGINT NOT NULL DEFAULT 0;

ALTER TABLE seller_account ADD COLUMN schedule_before JSONB;

CREATE TABLE payout_pause (
    person_id BIGINT NOT NULL,
    cause TEXT NOT NULL,
    since TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_payout_pause PRIMARY KEY (person_id, cause),
    CONSTRAINT fk_payout_pause_person_id FOREIGN KEY(person_id) REFERENCES person (id)
);

CREATE INDEX ix_payout_pause_cause ON payout_pause (cause);

CREATE TABLE dispute_line (
    dispute_id TEXT NOT NULL,
    number BIGINT NOT NULL,
    order_id BIGINT NOT NULL,
    amount_minor BIGINT NOT NULL,
    CONSTRAINT pk_dispute_line PRIMARY KEY (dispute_id, number),
    CONSTRAINT fk_dispute_line_dispute_id FOREIGN KEY(dispute_id) REFERENCES dispute (id),
    CONSTRAINT fk_dispute_line_order_id FOREIGN KEY(order_id) REFERENCES customer_order (id)
);

CREATE INDEX ix_dispute_line_order_id ON dispute_line (order_id);

-- what was lost before was spread over the prices of the lines, here by rounded running totals
INSERT INTO dispute_line
SELECT id, number, order_id, minor
FROM (
    SELECT d.id, l.number, o.id AS order_id,
           (round(d.amount_minor * sum(l.price_minor) OVER upto / sum(l.price_minor) OVER whole)
            - round(d.amount_minor * (sum(l.price_minor) OVER upto - l.price_minor) / sum(l.price_minor) OVER whole)
           )::bigint AS minor
    FROM dispute d
    JOIN customer_order o ON o.paid_charge = d.charge_id
    JOIN order_line l ON l.order_id = o.id AND l.price_minor > 0
    WHERE d.state = 'lost'
    WINDOW whole AS (PARTITION BY d.id), upto AS (PARTITION BY d.id ORDER BY l.number)
) AS spread
WHERE minor > 0;
"""


def upgrade() -> None:
    run_sql(_SQL)
