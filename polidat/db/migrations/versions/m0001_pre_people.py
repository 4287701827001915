"""People, sign-in, sessions, keys, mail; and what the application's role may do."""

from polidat.db.migrations.run import run_sql

revision = "0001"
down_revision = None

_SQL = """
do $$ begin
    if not exists (select 1 from pg_roles where rolname = 'polidat_app') then create role polidat_app nologin; end if;
end $$;
grant usage on schema public to polidat_app;
grant select on alembic_version to polidat_app;
alter default privileges in schema public grant select, insert, update, delete on tables to polidat_app;
alter default privileges in schema public grant usage, select on sequences to polidat_app;

CREATE TABLE person (
    id BIGSERIAL NOT NULL,
    email TEXT NOT NULL,
    name TEXT NOT NULL,
    is_seller BOOLEAN NOT NULL,
    is_operator BOOLEAN NOT NULL,
    is_demo BOOLEAN NOT NULL,
    joined_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_person PRIMARY KEY (id),
    CONSTRAINT uq_person_email UNIQUE (email)
);

CREATE TABLE sign_in_token (
    digest TEXT NOT NULL,
    email TEXT NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    expires_at TIMESTAMP WITH TIME ZONE NOT NULL,
    used_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_sign_in_token PRIMARY KEY (digest)
);

CREATE INDEX ix_sign_in_token_email ON sign_in_token (email);

CREATE TABLE web_session (
    digest TEXT NOT NULL,
    person_id BIGINT NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    expires_at TIMESTAMP WITH TIME ZONE NOT NULL,
    ended_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_web_session PRIMARY KEY (digest),
    CONSTRAINT fk_web_session_person_id FOREIGN KEY(person_id) REFERENCES person (id)
);

CREATE INDEX ix_web_session_person_id ON web_session (person_id);

CREATE TABLE api_key (
    id BIGSERIAL NOT NULL,
    digest TEXT NOT NULL,
    hint TEXT NOT NULL,
    name TEXT NOT NULL,
    person_id BIGINT NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    last_used_at TIMESTAMP WITH TIME ZONE,
    revoked_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_api_key PRIMARY KEY (id),
    CONSTRAINT uq_api_key_digest UNIQUE (digest),
    CONSTRAINT fk_api_key_person_id FOREIGN KEY(person_id) REFERENCES person (id)
);

CREATE INDEX ix_api_key_person_id ON api_key (person_id);

CREATE TABLE mail (
    id BIGSERIAL NOT NULL,
    "to" TEXT NOT NULL,
    subject TEXT NOT NULL,
    body TEXT NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    sent_at TIMESTAMP WITH TIME ZONE,
    attempts BIGINT NOT NULL,
    problem TEXT NOT NULL,
    CONSTRAINT pk_mail PRIMARY KEY (id)
);
"""


def upgrade() -> None:
    run_sql(_SQL)
