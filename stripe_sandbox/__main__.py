"""`python -m stripe_sandbox`: run the sandbox until somebody stops it or its parent is gone."""

import argparse
import os
import signal
import socket
import sys
import threading
import time
from collections.abc import Sequence
from pathlib import Path

import uvicorn

from stripe_sandbox.app import create_app
from stripe_sandbox.events.deliver import RETRY_SCHEDULE_S
from stripe_sandbox.report import coverage, table_of_routes

SIGNED_BY = "STRIPE_SANDBOX_WEBHOOK_SECRET"
CONNECT_SIGNED_BY = "STRIPE_SANDBOX_CONNECT_WEBHOOK_SECRET"
_PARENT_CHECK_S = 0.5
_LOOPBACK = "127.0.0.1"


def main(arguments: Sequence[str] | None = None) -> int:
    """Parse the command line and serve, or with `routes` say what is built; gives the exit code."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    if given[:1] == ["routes"]:
        parser = argparse.ArgumentParser(prog="stripe_sandbox routes", description="How much of the API is built.")
        parser.add_argument("--missing", action="store_true", help="name the routes that are not")
        parser.add_argument("--table", action="store_true", help="give the table of the README instead")
        asked = parser.parse_args(given[1:])
        sys.stdout.write((table_of_routes() if asked.table else coverage(missing=asked.missing)) + "\n")
        return 0
    options = _parser().parse_args(given)
    if options.exit_with_parent:
        _follow_parent()
    listening = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((_LOOPBACK, options.port))
    except OSError as taken:
        listening.close()
        sys.stderr.write(f"stripe_sandbox: cannot listen on {_LOOPBACK}:{options.port}: {taken.strerror}\n")
        return 1
    base_url = f"http://{_LOOPBACK}:{listening.getsockname()[1]}"
    app = create_app(
        options.state,
        base_url=base_url,
        platform_name=options.platform_name,
        webhook_url=options.webhook,
        webhook_secret=options.webhook_secret,
        connect_webhook_url=options.connect_webhook,
        connect_webhook_secret=options.connect_webhook_secret,
        retry_schedule_s=options.retry_schedule,
    )
    config = uvicorn.Config(app, log_level="warning", access_log=False, timeout_graceful_shutdown=2)
    _Announcing(config, base_url).run(sockets=[listening])
    return 0


class _Announcing(uvicorn.Server):
    """Says where it listens at the moment it does."""

    def __init__(self, config: uvicorn.Config, base_url: str) -> None:
        super().__init__(config)
        self._base_url = base_url

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        sys.stdout.write(f"listening on {self._base_url}\n")
        sys.stdout.flush()


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="stripe_sandbox",
        description="A local stand-in for Stripe's test mode; `routes` instead of options says what is built.",
    )
    parser.add_argument("--port", type=int, default=0, help="port on 127.0.0.1; 0 picks a free one")
    parser.add_argument("--state", type=Path, required=True, help="SQLite file that holds everything")
    parser.add_argument("--platform-name", default="Sandbox platform", help="name shown on the hosted pages")
    parser.add_argument("--webhook", metavar="URL", help="where platform events and thin events are delivered")
    parser.add_argument(
        "--webhook-secret", metavar="WHSEC", default=os.environ.get(SIGNED_BY),
        help=f"secret that signs them (else {SIGNED_BY} of the environment, which other users cannot read)",
    )  # fmt: skip
    parser.add_argument("--connect-webhook", metavar="URL", help="where events of connected accounts go (as --webhook)")
    parser.add_argument(
        "--connect-webhook-secret", metavar="WHSEC", default=os.environ.get(CONNECT_SIGNED_BY),
        help=f"secret that signs those (else {CONNECT_SIGNED_BY} of the environment)",
    )  # fmt: skip
    parser.add_argument(
        "--retry-schedule",
        type=_schedule,
        default=RETRY_SCHEDULE_S,
        metavar="S,S,...",
        help="seconds between delivery attempts (default: 1,2,5,15,60 and on, for three days)",
    )
    parser.add_argument("--exit-with-parent", action="store_true", help="stop when the starting process is gone")
    return parser


def _schedule(text: str) -> tuple[float, ...]:
    waits = tuple(float(each) for each in text.split(","))
    if any(not 0 <= each < float("inf") for each in waits):
        raise argparse.ArgumentTypeError("waits must be seconds, zero or more")
    return waits


def _follow_parent() -> None:
    """Stop when the starting process does.

    An orphan is adopted, so its parent's number changes. The kernel's own signal for this would come too early: it
    fires when the starting *thread* ends.
    """
    parent = os.getppid()

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(_PARENT_CHECK_S)
        os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=watch, name="stripe-sandbox-parent", daemon=True).start()


if __name__ == "__main__":
    raise SystemExit(main())
