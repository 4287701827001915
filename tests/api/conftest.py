"""The API over the run's house, and the sandbox it is paid at."""

import httpx
import pytest
from starlette.testclient import TestClient

from polidat.api import build_api
from tests.stripe_sandbox.conftest import Clock, Sandbox


@pytest.fixture(scope="module")
def api(house):
    with TestClient(build_api(lambda: house), raise_server_exceptions=False) as client:
        yield client


@pytest.fixture(scope="module")
def stripe(house):
    with httpx.Client(follow_redirects=False, timeout=30) as web:
        yield Sandbox(house.sandbox_url, Clock(), web)
