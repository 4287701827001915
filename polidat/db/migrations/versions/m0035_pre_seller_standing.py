"""What Stripe asks of a seller and by when, where payouts go, and when that changed; payouts that came back."""

from polidat.db.migrations.run import run_sql

revision = "0035"
down_revision = "0034"

_SQL = """
ALTER TABLE seller_account ADD COLUMN asked JSONB NOT NULL DEFAULT '[]';
ALTER TABLE seller_account ADD COLUMN deadline_at TIMESTAMP WITH TIME ZONE;
ALTER TABLE seller_account ADD COLUMN reason TEXT NOT NULL DEFAULT '';
ALTER TABLE seller_account ADD COLUMN schedule JSONB NOT NULL DEFAULT '{}';
ALTER TABLE seller_account ADD COLUMN bank_changed_at TIMESTAMP WITH TIME ZONE;

CREATE TABLE seller_bank (
    id TEXT NOT NULL,
    person_id BIGINT NOT NULL,
    kind TEXT NOT NULL,
    name TEXT NOT NULL,
    last4 TEXT NOT NULL,
    currency TEXT NOT NULL,
    country TEXT NOT NULL,
    state TEXT NOT NULL,
    is_default BOOLEAN NOT NULL,
    takes_instant BOOLEAN NOT NULL,
    seen_at TIMESTAMP WITH TIME ZONE NOT NULL,
    gone_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_seller_bank PRIMARY KEY (id),
    CONSTRAINT fk_seller_bank_person_id FOREIGN KEY (person_id) REFERENCES person (id)
);

CREATE INDEX ix_seller_bank_person_id ON seller_bank (person_id);

ALTER TABLE payout ADD COLUMN told_at TIMESTAMP WITH TIME ZONE;
UPDATE payout SET told_at = now() WHERE state = 'failed';
"""


def upgrade() -> None:
    run_sql(_SQL)
