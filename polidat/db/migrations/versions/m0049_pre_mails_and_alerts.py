"""Mails that are written once, sales told once a day, and what operators are called for."""

from polidat.db.migrations.run import run_sql

revision = "0049"
down_revision = "0048"

_SQL = """
ALTER TABLE mail ADD COLUMN once TEXT;
ALTER TABLE mail ADD CONSTRAINT uq_mail_once UNIQUE (once);
ALTER TABLE person ADD COLUMN sale_mails TEXT NOT NULL DEFAULT 'each';

CREATE TABLE untold_sale (
    id BIGSERIAL NOT NULL,
    seller_id BIGINT NOT NULL,
    said TEXT NOT NULL,
    yours_minor BIGINT NOT NULL,
    currency TEXT NOT NULL,
    sold_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_untold_sale PRIMARY KEY (id),
    CONSTRAINT fk_untold_sale_seller_id FOREIGN KEY (seller_id) REFERENCES person (id)
);
CREATE INDEX ix_untold_sale_seller_id ON untold_sale (seller_id);

CREATE TABLE operator_alert (
    id BIGSERIAL NOT NULL,
    kind TEXT NOT NULL,
    says TEXT NOT NULL,
    raised_at TIMESTAMP WITH TIME ZONE NOT NULL,
    seen_at TIMESTAMP WITH TIME ZONE NOT NULL,
    cleared_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_operator_alert PRIMARY KEY (id)
);
CREATE UNIQUE INDEX uq_operator_alert_open ON operator_alert (kind) WHERE cleared_at IS NULL;
CREATE INDEX ix_operator_alert_raised_at ON operator_alert (raised_at);
CREATE INDEX ix_charge_charged_at ON charge (charged_at);
"""


def upgrade() -> None:
    run_sql(_SQL)
