"""The sandbox as a process: started, killed, started again, orphaned."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest
import stripe

from stripe_sandbox.__main__ import main
from tests.stripe_sandbox.conftest import (
    SECRET,
    Clock,
    Listener,
    Sandbox,
    eventually,
    follow_link,
    make_link,
    make_seller,
    pay,
)


@contextmanager
def running(state: Path, *arguments: str) -> Iterator[tuple[Sandbox, subprocess.Popen[str]]]:
    """Run the sandbox as a process of its own; it is gone afterwards."""
    command = [sys.executable, "-m", "stripe_sandbox", "--port", "0", "--state", str(state), "--exit-with-parent"]
    process = subprocess.Popen([*command, *arguments], stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        first = process.stdout.readline()
        assert first.startswith("listening on http://127.0.0.1:"), first
        with httpx.Client(timeout=30) as web:
            yield Sandbox(first.split()[-1], Clock(), web), process
    finally:
        process.kill()
        process.wait()
        if process.stdout is not None:
            process.stdout.close()


def test_a_killed_sandbox_goes_on_where_it_was(tmp_path: Path, listener: Listener):
    state, hook = tmp_path / "stripe.db", ("--webhook", listener.url, "--webhook-secret", SECRET)
    listener.answers = [500] * 200
    with running(state, *hook, "--retry-schedule", ",".join(["0.05"] * 100)) as (sandbox, process):
        client = sandbox.client()
        seller = make_seller(sandbox)
        link = make_link(client, seller)
        page = follow_link(sandbox, link.url)
        assert pay(sandbox, page).status_code == 303
        before = {each.id for each in client.v1.events.list({"limit": 100}).data}
        made = client.v1.products.create({"name": "a"}, {"idempotency_key": "k"})
        os.kill(process.pid, signal.SIGKILL)
        process.wait()

    listener.answers, listener.got = [], []
    with running(state, *hook) as (sandbox, _):
        client = sandbox.client()
        assert {each.id for each in client.v1.events.list({"limit": 100}).data} >= before
        assert client.v1.products.create({"name": "a"}, {"idempotency_key": "k"}).id == made.id
        assert client.v1.payment_links.retrieve(link.id).url.startswith(sandbox.url)
        assert client.v1.balance.retrieve(options={"stripe_account": seller}).pending[0].amount == 8500
        eventually(lambda: before <= {body["id"] for body in listener.bodies()})
        eventually(lambda: not client.v1.events.list({"delivery_success": False}).data)


def test_a_restart_may_move_or_drop_its_endpoint(tmp_path: Path, listener: Listener):
    state = tmp_path / "stripe.db"
    nowhere = ("--webhook", "http://127.0.0.1:9/", "--webhook-secret", "whsec_old")
    with running(state, *nowhere) as (sandbox, _):
        sandbox.client().v1.products.create({"name": "a"})
        eventually(lambda: sandbox.web.get(f"{sandbox.url}/_sandbox/deliveries").json()["deliveries"]["pending"] == 1)

    moved = ("--webhook", listener.url, "--webhook-secret", SECRET)
    with running(state, *moved) as (sandbox, _):
        eventually(lambda: listener.types() == ["product.created"])
        body, signature = listener.got[0]
        assert sandbox.client().construct_event(body, signature, SECRET).type == "product.created"

    with running(state) as (sandbox, _):
        assert sandbox.client().v1.webhook_endpoints.list().data == []


def test_the_sandbox_ends_with_its_parent(tmp_path: Path):
    script = (
        "import subprocess, sys, time\n"
        f"child = subprocess.Popen([sys.executable, '-m', 'stripe_sandbox', '--state', {str(tmp_path / 's.db')!r}, "
        "'--exit-with-parent'], stdout=subprocess.PIPE, text=True)\n"
        "print(child.pid, child.stdout.readline().split()[-1], flush=True)\n"
        "time.sleep(60)\n"
    )
    parent = subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True)
    assert parent.stdout is not None
    _, url = parent.stdout.readline().split()
    assert httpx.get(f"{url}/_sandbox/health").json() == {"ok": True}

    parent.kill()
    parent.wait()
    parent.stdout.close()

    def gone() -> bool:
        try:
            httpx.get(f"{url}/_sandbox/health", timeout=1)
        except httpx.TransportError:
            return True
        return False

    eventually(gone)


def test_a_taken_port_is_said_plainly(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    with running(tmp_path / "a.db") as (sandbox, _):
        port = sandbox.url.rpartition(":")[2]

        assert main(["--port", port, "--state", str(tmp_path / "b.db")]) == 1

    assert "cannot listen" in capsys.readouterr().err


def test_two_processes_do_not_need_the_product(tmp_path: Path):
    imported = (
        "import sys, stripe_sandbox.app; print([m for m in sys.modules if m.split('.')[0] in ('polidat', 'pipelines')])"
    )

    found = subprocess.run([sys.executable, "-c", imported], capture_output=True, text=True, check=True, cwd=Path.cwd())

    assert found.stdout.strip() == "[]"


def test_many_buyers_at_once_lose_nothing(tmp_path: Path):
    from concurrent.futures import ThreadPoolExecutor

    with running(tmp_path / "stripe.db") as (sandbox, _):
        client = sandbox.client()
        seller = make_seller(sandbox)
        link = make_link(client, seller, restrictions={"completed_sessions": {"limit": 7}})
        pages = [follow_link(sandbox, link.url) for _ in range(16)]
        with ThreadPoolExecutor(8) as pool:
            codes = [each.status_code for each in pool.map(lambda page: pay(sandbox, page), pages)]

        assert sorted(codes) == [303] * 7 + [410] * 9
        assert client.v1.balance.retrieve(options={"stripe_account": seller}).pending[0].amount == 7 * 8500
        assert stripe.VERSION
