"""The migrations make the schema the models describe, and the application's role has only what it needs."""

import importlib.util
import pkgutil

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine, text

import polidat
from polidat.core import secret_digest
from polidat.db import Base, Database, EmbeddedServer, migrate, pending_migrations
from polidat.db.embedded import ensure_database
from polidat.db.migrate import _config, newest_migration

BEFORE = """
    INSERT INTO person (email, name, is_seller, is_operator, is_demo, joined_at)
    VALUES ('a@example.org', 'Ann', true, false, false, now());
    INSERT INTO store (owner_id, slug, name, tagline, description, primary_color, secondary_color, commission_bps,
        opened_at) VALUES (1, 'own', 'Own rate', '', '', '', '', 700, now()),
        (1, 'any', 'Default', '', '', '', '', null, now());
    INSERT INTO dataset (owner_id, store, slug, title, kind, created_at)
    SELECT 1, 'own', 'd' || number, 'D', '', now() FROM generate_series(1, 3) AS number;
    INSERT INTO listing (store_id, dataset_id, slug, title, summary, description, licence, attribution, category, tags,
        currency, state, created_at)
    SELECT 1, place, 'l' || place, 'L', '', '', said, '', '', '[]', 'usd', 'draft', now()
    FROM unnest(ARRAY['', 'CC BY 4.0', ' Ask Ann ']) WITH ORDINALITY AS before (said, place);
    INSERT INTO cart_line (buyer_id, listing_id, note, price_minor, currency, added_at)
    SELECT 1, number, 'n' || number, 500, 'usd', now() FROM generate_series(1, 2) AS number;
    INSERT INTO entitlement (dataset_id, person_id, order_line, kind, state, granted_at, changed_at)
    VALUES (1, 1, 'ord_a:1', 'purchase', 'active', now(), now()),
        (1, 1, 'ord_b:1', 'purchase', 'revoked', now(), now());
"""
FROZEN = """
    INSERT INTO person (email, name, is_seller, is_operator, is_demo, joined_at)
    VALUES ('a@example.org', 'Ann', true, false, false, now());
    INSERT INTO wallet (person_id, currency, state, balance_micros, held_micros, spent_micros, notice_minor, is_noticed,
        moved_at) SELECT 1, currency, state, 0, 0, 0, 0, false, now()
    FROM (VALUES ('usd', 'active'), ('eur', 'frozen'), ('gbp', 'frozen')) AS w(currency, state);
    INSERT INTO charge (id, intent_id, subject, amount_minor, currency, fee_minor, state, doubt, charged_at)
    VALUES ('ch_1', 'pi', 'top_1', 1, 'usd', 0, 'settled', '', now()),
        ('ch_2', 'pi', 'top_2', 1, 'usd', 0, 'settled', '', now());
    INSERT INTO top_up (public_id, person_id, key, amount_minor, currency, asked_at, paid_charge)
    VALUES ('top_1', 1, '1', 1, 'usd', now(), 'ch_1'), ('top_2', 1, '2', 1, 'usd', now(), 'ch_2');
    INSERT INTO dispute (id, charge_id, subject, state, reason, amount_minor, currency, withdrawn_minor, held_minor,
        opened_at, closed_at) VALUES ('dp_won', 'ch_1', 'top_1', 'won', '', 1, 'usd', 0, 0, now(), now()),
        ('dp_open', 'ch_2', 'top_2', 'needs_response', '', 1, 'usd', 1, 0, now(), null);
    SELECT ledger_post('debt', 'debt', 'h', now(), '{}', '[{"seq": 0, "account": "A:buyer_recv:1", "currency": "eur",
        "minor": 5}, {"seq": 1, "account": "C:order:x", "currency": "eur", "minor": -5}]');
    SELECT ledger_post('hosting', 'hosting', 'h', now(), '{}', '[{"seq": 0, "account": "A:stripe", "currency": "usd",
        "minor": 2900}, {"seq": 1, "account": "L:deferred_hosting:1", "currency": "usd", "minor": -2900}]');
"""
NOT_OURS = ("procrastinate_", "alembic_")


def load_every_model():
    for room in pkgutil.iter_modules(polidat.__path__, "polidat."):
        if room.ispkg and importlib.util.find_spec(f"{room.name}.models"):
            importlib.import_module(f"{room.name}.models")


def test_the_models_are_what_the_migrations_make(postgres: EmbeddedServer, shared_database: Database):
    load_every_model()
    engine = create_engine(postgres.owner_url.replace("polidat_template", "polidat_shared"))
    with engine.connect() as connection:
        context = MigrationContext.configure(
            connection,
            opts={"include_name": lambda name, kind, _: not (kind == "table" and name.startswith(NOT_OURS))},
        )
        differences = compare_metadata(context, Base.metadata)
    engine.dispose()

    assert differences == []


def test_migrating_twice_changes_nothing(postgres: EmbeddedServer, shared_database: Database):
    owner_url = postgres.owner_url.replace("polidat_template", "polidat_shared")

    migrate(owner_url)

    engine = create_engine(owner_url)
    with engine.connect() as connection:
        assert pending_migrations(connection) == []
    engine.dispose()


def test_the_application_cannot_change_the_schema(session):
    may_create = session.scalar(text("select has_schema_privilege(current_user, 'public', 'CREATE')"))

    assert session.scalar(text("select current_user")) == "polidat_app"
    assert may_create is False


def test_what_was_there_before_becomes_rules_versions_and_carts(postgres: EmbeddedServer):
    ensure_database(postgres.admin_conninfo, "polidat_before")
    engine = create_engine(postgres.owner_url.replace("polidat_template", "polidat_before"))
    with engine.connect() as connection:
        config = _config()
        config.attributes["connection"] = connection
        command.upgrade(config, "0022")
        connection.execute(text(BEFORE))
        command.upgrade(config, "0042")
        connection.execute(text("insert into entitlement_hold select id, 'fraud:1', now() from entitlement"))
        command.upgrade(config, "head")
        rules = connection.execute(text("select kind, bps from commission_rule where scope = 'store' order by kind"))
        licences = connection.execute(
            text("select code, words, text, digest from listing_licence order by listing_id")
        ).all()
        carts = connection.execute(
            text(
                "select person_id, listing_id, quantity, note from cart_item join cart on cart.id = cart_id order by 2"
            )
        ).all()
        paid_lines = connection.scalars(text("select paid_line from entitlement order by id")).all()
        held = connection.scalars(
            text("select order_line from entitlement_hold join entitlement on id = entitlement_id")
        ).all()
    engine.dispose()

    assert [tuple(each) for each in carts] == [(1, 1, 1, "n1"), (1, 2, 1, "n2")]
    assert paid_lines == ["ord_a:1", "ord_b:1"]
    assert held == ["ord_a:1"]

    assert [tuple(each) for each in rules] == [
        ("auction", 700), ("sale", 700), ("subscription", 700), ("usage", 700),
    ]  # fmt: skip
    assert [(each.code, each.words) for each in licences] == [
        ("LicenseRef-PoliDat-Standard", ""), ("CC-BY-4.0", ""), ("LicenseRef-Own", "Ask Ann"),
    ]  # fmt: skip
    assert licences[2].text == "Terms of the seller (LicenseRef-Own)\n\nAsk Ann"
    assert [each.digest for each in licences] == [secret_digest(each.text) for each in licences]


def test_the_newest_migration_is_the_one_with_the_highest_number():
    assert ScriptDirectory.from_config(_config()).get_heads() == [newest_migration()]


def test_what_froze_wallets_and_what_was_paid_ahead_before_is_known_by_cause_and_guarded(postgres: EmbeddedServer):
    ensure_database(postgres.admin_conninfo, "polidat_frozen")
    engine = create_engine(postgres.owner_url.replace("polidat_template", "polidat_frozen"))
    with engine.connect() as connection:
        config = _config()
        config.attributes["connection"] = connection
        command.upgrade(config, "0031")
        driver = connection.connection.driver_connection
        assert driver is not None
        driver.execute(FROZEN)
        command.upgrade(config, "0034")
        states = connection.execute(text("select currency, state from wallet order by id")).all()
        causes = connection.execute(
            text("select currency, cause from wallet_freeze join wallet on wallet.id = wallet_id order by 1")
        ).all()
        kept = connection.execute(
            text("select code, floor_minor, amount from ledger_balance b join ledger_account a on a.id = b.account_id")
        ).all()
    engine.dispose()

    assert [tuple(each) for each in states] == [("usd", "frozen"), ("eur", "frozen"), ("gbp", "active")]
    assert [tuple(each) for each in causes] == [("eur", "debt"), ("usd", "dispute:dp_open")]
    assert [tuple(each) for each in kept] == [("L:deferred_hosting:1", 0, -2_900)]
