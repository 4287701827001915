"""The local Stripe beside the house: its process, its port, its secrets."""

import json
import os
import secrets
import socket
import subprocess
import sys
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from polidat.core import Unavailable

_START_S = 20


@dataclass(frozen=True)
class Sandbox:
    """Where the sandbox keeps its state and whom it tells. Its port is chosen once, because links carry it."""

    folder: Path
    app_url: str
    webhook_secrets: tuple[str, ...]

    @cached_property
    def url(self) -> str:
        """The address of its API and its hosted pages."""
        self.folder.mkdir(parents=True, exist_ok=True)
        kept = self.folder / "port"
        if not kept.exists():
            kept.write_text(str(_free_port()))
        return f"http://127.0.0.1:{int(kept.read_text())}"


@contextmanager
def start_sandbox(sandbox: Sandbox) -> Generator[None]:
    """Run the sandbox's process until the block ends. Raises Unavailable when it does not start."""
    platform, connect = sandbox.webhook_secrets
    command = [sys.executable, "-m", "stripe_sandbox", "--exit-with-parent", "--platform-name", "PoliDat"]
    command += ["--port", sandbox.url.rsplit(":", 1)[1], "--state", str(sandbox.folder / "state.db")]
    command += ["--webhook", f"{sandbox.app_url}/api/stripe/webhook"]
    # not on the command line, where every user of the machine could read them
    secret = {"STRIPE_SANDBOX_WEBHOOK_SECRET": platform, "STRIPE_SANDBOX_CONNECT_WEBHOOK_SECRET": connect}
    with (sandbox.folder / "log").open("ab") as log:
        process = subprocess.Popen(  # noqa: S603  our own program
            command, stdout=subprocess.PIPE, stderr=log, start_new_session=True, env=os.environ | secret
        )
    assert process.stdout is not None
    try:
        if b"listening" not in process.stdout.readline():
            raise Unavailable("The Stripe sandbox does not start. Its log is in the stripe_sandbox folder.")
        yield
    finally:
        process.stdout.close()
        process.terminate()
        try:
            process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def kept_secrets(home: Path) -> tuple[str, str]:
    """Return the webhook secrets of this home's sandbox, made at the first call, readable by us only."""
    path = home / "webhook_secrets.json"
    if not path.exists():
        made = [f"whsec_{secrets.token_urlsafe(24)}" for _ in range(2)]
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as out:
            json.dump(made, out)
    platform, connect = json.loads(path.read_text())
    return platform, connect


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
