"""Mail goes to the address it was written to, whatever its header reads like."""

import smtplib

import pytest
from pydantic import SecretStr

from polidat.people import Mail
from polidat.wiring.mail import open_smtp


@pytest.mark.parametrize("to", ["a:b@example.org", "a(b@example.org", "=?utf-8?q?x?=@example.org"])
def test_mail_goes_to_its_address_alone(to, monkeypatch):
    taken: list[list[str]] = []

    class Post(smtplib.SMTP):
        def __init__(self, *_: object, **__: object) -> None: ...
        def __exit__(self, *_: object) -> None: ...
        def ehlo_or_helo_if_needed(self) -> None: ...
        def sendmail(self, _from, to_addrs, *_, **__) -> None:
            taken.append(list(to_addrs))

    monkeypatch.setattr(smtplib, "SMTP", Post)
    open_smtp(SecretStr("smtp://localhost:25"), "house@example.org")(Mail(to=to, subject="Hello", body="Text"))

    assert taken == [[to]]
