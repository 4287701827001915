"""Billing details, numbered invoices that nobody changes, and the period a payment of a subscription is for."""

from polidat.db.migrations.run import run_sql

revision = "0045"
down_revision = "0044"

# An invoice of Stripe's was heard of moments after its period had begun.
_SQL = r"""
ALTER TABLE payment ADD COLUMN period_start TIMESTAMP WITH TIME ZONE;
ALTER TABLE payment ADD COLUMN period_end TIMESTAMP WITH TIME ZONE;

UPDATE payment SET
    period_start = payment.created_at,
    period_end = payment.created_at
        + CASE billing.interval WHEN 'year' THEN interval '1 year' ELSE interval '1 month' END
FROM billing WHERE billing.subject = payment.subject AND payment.link_id LIKE 'in\_%';

CREATE TABLE billing_details (
    id BIGSERIAL NOT NULL,
    person_id BIGINT,
    name TEXT NOT NULL,
    line1 TEXT NOT NULL,
    line2 TEXT NOT NULL,
    postal_code TEXT NOT NULL,
    city TEXT NOT NULL,
    country TEXT NOT NULL,
    tax_id TEXT NOT NULL,
    order_reference TEXT NOT NULL,
    changed_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_billing_details PRIMARY KEY (id),
    CONSTRAINT uq_billing_details_person_id UNIQUE NULLS NOT DISTINCT (person_id),
    CONSTRAINT fk_billing_details_person_id FOREIGN KEY(person_id) REFERENCES person (id)
);

CREATE TABLE invoice_series (
    series TEXT NOT NULL,
    year BIGINT NOT NULL,
    last BIGINT NOT NULL,
    CONSTRAINT pk_invoice_series PRIMARY KEY (series, year)
);

CREATE TABLE invoice (
    id BIGSERIAL NOT NULL,
    number TEXT NOT NULL,
    series TEXT NOT NULL,
    year BIGINT NOT NULL,
    sequence BIGINT NOT NULL,
    kind TEXT NOT NULL,
    cause TEXT NOT NULL,
    corrects_id BIGINT,
    subject TEXT NOT NULL,
    person_id BIGINT NOT NULL,
    billed_to JSONB NOT NULL,
    issued_by JSONB NOT NULL,
    currency TEXT NOT NULL,
    total_minor BIGINT NOT NULL,
    payment_ref TEXT NOT NULL,
    paid_at TIMESTAMP WITH TIME ZONE,
    issued_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_invoice PRIMARY KEY (id),
    CONSTRAINT uq_invoice_number UNIQUE (number),
    CONSTRAINT uq_invoice_cause UNIQUE (cause),
    CONSTRAINT uq_invoice_series_year_sequence UNIQUE (series, year, sequence),
    CONSTRAINT fk_invoice_corrects_id FOREIGN KEY(corrects_id) REFERENCES invoice (id),
    CONSTRAINT fk_invoice_person_id FOREIGN KEY(person_id) REFERENCES person (id)
);

CREATE INDEX ix_invoice_corrects_id ON invoice (corrects_id);

CREATE INDEX ix_invoice_person_id ON invoice (person_id);

CREATE INDEX ix_invoice_subject ON invoice (subject);

CREATE TABLE invoice_line (
    invoice_id BIGINT NOT NULL,
    number BIGINT NOT NULL,
    title TEXT NOT NULL,
    quantity BIGINT NOT NULL,
    unit_minor BIGINT NOT NULL,
    discount_minor BIGINT NOT NULL,
    shipping_minor BIGINT NOT NULL,
    amount_minor BIGINT NOT NULL,
    seller_id BIGINT,
    sold_by JSONB,
    supplied_at TIMESTAMP WITH TIME ZONE,
    period_start TIMESTAMP WITH TIME ZONE,
    period_end TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_invoice_line PRIMARY KEY (invoice_id, number),
    CONSTRAINT ck_invoice_line_amount CHECK (
        amount_minor = quantity * unit_minor - discount_minor + shipping_minor
    ),
    CONSTRAINT ck_invoice_line_period CHECK ((period_start is null) = (period_end is null)),
    CONSTRAINT fk_invoice_line_invoice_id FOREIGN KEY(invoice_id) REFERENCES invoice (id),
    CONSTRAINT fk_invoice_line_seller_id FOREIGN KEY(seller_id) REFERENCES person (id)
);

CREATE INDEX ix_invoice_line_seller_id ON invoice_line (seller_id);

CREATE FUNCTION invoice_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'invoice: % of % is refused, what was issued stays', tg_op, tg_table_name
        USING ERRCODE = 'check_violation';
END $$;

CREATE TRIGGER invoice_stays BEFORE UPDATE OR DELETE OR TRUNCATE ON invoice
    FOR EACH STATEMENT EXECUTE FUNCTION invoice_refuse_change();
CREATE TRIGGER invoice_line_stays BEFORE UPDATE OR DELETE OR TRUNCATE ON invoice_line
    FOR EACH STATEMENT EXECUTE FUNCTION invoice_refuse_change();

REVOKE ALL ON invoice, invoice_line FROM polidat_app;
GRANT SELECT, INSERT ON invoice, invoice_line TO polidat_app;
REVOKE DELETE, TRUNCATE ON invoice_series FROM polidat_app;
"""


def upgrade() -> None:
    run_sql(_SQL)
