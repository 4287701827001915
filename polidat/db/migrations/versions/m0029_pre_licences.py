"""Versions of licences, and who accepted which."""

from polidat.db.migrations.run import run_sql

revision = "0029"
down_revision = "0028"

# what a listing said about its licence becomes its first version; what was not said is the standard licence
_SQL = """
CREATE TABLE listing_licence (
    id BIGSERIAL NOT NULL,
    listing_id BIGINT NOT NULL,
    number BIGINT NOT NULL,
    code TEXT NOT NULL,
    words TEXT NOT NULL,
    text TEXT NOT NULL,
    digest TEXT NOT NULL,
    made_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_listing_licence PRIMARY KEY (id),
    CONSTRAINT uq_listing_licence_listing_id_number UNIQUE (listing_id, number),
    CONSTRAINT fk_listing_licence_listing_id FOREIGN KEY(listing_id) REFERENCES listing (id)
);

CREATE TABLE licence_acceptance (
    id BIGSERIAL NOT NULL,
    person_id BIGINT NOT NULL,
    licence_id BIGINT NOT NULL,
    digest TEXT NOT NULL,
    accepted_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_licence_acceptance PRIMARY KEY (id),
    CONSTRAINT uq_licence_acceptance_person_id_licence_id UNIQUE (person_id, licence_id),
    CONSTRAINT fk_licence_acceptance_person_id FOREIGN KEY(person_id) REFERENCES person (id),
    CONSTRAINT fk_licence_acceptance_licence_id FOREIGN KEY(licence_id) REFERENCES listing_licence (id)
);

CREATE INDEX ix_licence_acceptance_licence_id ON licence_acceptance (licence_id);

INSERT INTO listing_licence (listing_id, number, code, words, text, digest, made_at)
SELECT id, 1, code, words, shown, encode(sha256(convert_to(shown, 'UTF8')), 'hex'), created_at
FROM (
    SELECT listing.id, listing.created_at, known.code,
           CASE WHEN known.code = 'LicenseRef-Own' THEN trim(licence) ELSE '' END AS words,
           CASE WHEN known.code = 'LicenseRef-Own'
                THEN 'Terms of the seller (LicenseRef-Own)' || E'\\n\\n' || trim(licence)
                ELSE known.shown END AS shown
    FROM listing CROSS JOIN LATERAL (
        SELECT 0 AS rank, * FROM (VALUES
            ('', 'LicenseRef-PoliDat-Standard', 'PoliDat standard licence (LicenseRef-PoliDat-Standard)'),
            ('CC0', 'CC0-1.0', 'Creative Commons Zero 1.0 (CC0-1.0)'),
            ('CC BY 4.0', 'CC-BY-4.0', 'Creative Commons Attribution 4.0 (CC-BY-4.0)'),
            ('MIT', 'MIT', 'MIT License (MIT)')
        ) AS named (said, code, shown) WHERE said = trim(licence)
        UNION ALL SELECT 1, '', 'LicenseRef-Own', '' ORDER BY rank LIMIT 1
    ) AS known
) AS first;

ALTER TABLE order_line ADD COLUMN acceptance_id BIGINT;
ALTER TABLE order_line ADD CONSTRAINT fk_order_line_acceptance_id
    FOREIGN KEY (acceptance_id) REFERENCES licence_acceptance (id);
ALTER TABLE subscription ADD COLUMN acceptance_id BIGINT;
ALTER TABLE subscription ADD CONSTRAINT fk_subscription_acceptance_id
    FOREIGN KEY (acceptance_id) REFERENCES licence_acceptance (id);
"""


def upgrade() -> None:
    run_sql(_SQL)
