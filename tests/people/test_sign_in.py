"""Sign-in by mailed link, sessions, keys and mail."""

import re
from datetime import timedelta

import pytest
from sqlalchemy import text

from polidat.core import Invalid, NotFound, NotSignedIn, TooMuch, Unavailable
from polidat.people import (
    BadSignInLink,
    confirm_sign_in,
    csrf_token,
    holder_of_key,
    keys_of,
    mails,
    make_api_key,
    make_operator,
    open_session,
    person_by_email,
    person_of_session,
    queue_mail,
    register,
    request_sign_in,
    revoke_api_key,
    send_waiting_mail,
    sign_out,
    sign_out_everywhere,
)
from tests.conftest import NOON


def mailed_token(session):
    return re.search(r"token=(\S+)", mails(session)[0].body)[1]


def test_a_mailed_link_signs_in_once(session):
    request_sign_in(session, " Ada@Example.org ", confirm_url="http://x/auth/confirm", now=NOON)
    token = mailed_token(session)

    signed_in = confirm_sign_in(session, token, now=NOON + timedelta(minutes=14))

    assert signed_in.person.email == "ada@example.org"
    assert person_of_session(session, signed_in.token, now=NOON).id == signed_in.person.id
    with pytest.raises(BadSignInLink):
        confirm_sign_in(session, token, now=NOON)


def test_a_link_is_too_old_after_fifteen_minutes(session):
    request_sign_in(session, "ada@example.org", confirm_url="http://x", now=NOON)

    with pytest.raises(BadSignInLink):
        confirm_sign_in(session, mailed_token(session), now=NOON + timedelta(minutes=16))


def test_no_secret_is_stored_in_clear(session):
    ada = register(session, "ada@example.org", now=NOON)
    secret = make_api_key(session, ada, "laptop", now=NOON).secret
    token = open_session(session, ada, now=NOON).token

    stored = (
        session.execute(text("select digest from api_key union all select digest from web_session")).scalars().all()
    )

    assert all(secret not in each and token not in each for each in stored)


def test_the_seventh_link_within_an_hour_is_refused(session):
    for _ in range(6):
        request_sign_in(session, "ada@example.org", confirm_url="http://x", now=NOON)

    with pytest.raises(TooMuch):
        request_sign_in(session, "ada@example.org", confirm_url="http://x", now=NOON)


@pytest.mark.parametrize(
    "address", ["", "ada", "a@b", "a b@c.de", "a@b.c,d@e.fg", "a:b@c.de", "a(b@c.de", "a@[c.de", "a@c..de"]
)
def test_what_is_no_address_is_refused(session, address):
    with pytest.raises(Invalid):
        request_sign_in(session, address, confirm_url="http://x", now=NOON)


def test_signing_out_everywhere_ends_every_session(session):
    ada = register(session, "ada@example.org", now=NOON)
    one, two, three = (open_session(session, ada, now=NOON).token for _ in range(3))

    sign_out(session, one, now=NOON)
    ended = sign_out_everywhere(session, ada, now=NOON)

    assert ended == 2
    assert [person_of_session(session, each, now=NOON) for each in (one, two, three, None, "x")] == [None] * 5


def test_a_session_ends_after_thirty_days(session):
    ada = register(session, "ada@example.org", now=NOON)
    token = open_session(session, ada, now=NOON).token

    assert person_of_session(session, token, now=NOON + timedelta(days=31)) is None
    assert csrf_token(token) != csrf_token(token + "x")


def test_a_key_works_until_it_is_revoked(session):
    ada, bob = (register(session, each, now=NOON) for each in ("ada@example.org", "bob@example.org"))
    key = make_api_key(session, ada, "laptop", now=NOON)

    assert holder_of_key(session, key.secret, now=NOON).person.id == ada.id
    with pytest.raises(NotFound):
        revoke_api_key(session, bob, key.row.id, now=NOON)
    revoke_api_key(session, ada, key.row.id, now=NOON)

    assert keys_of(session, ada) == []
    with pytest.raises(NotSignedIn):
        holder_of_key(session, key.secret, now=NOON)
    with pytest.raises(Invalid):
        make_api_key(session, ada, " ", now=NOON)


def test_mail_that_fails_is_kept_with_its_reason_and_tried_again(session):
    queue_mail(session, "ada@example.org", "Hello", "Text", now=NOON)
    sent = []

    def broken(_):
        raise Unavailable("The mail server does not take the mail.")

    assert send_waiting_mail(session, broken, now=NOON) == 0
    assert mails(session)[0].problem
    assert send_waiting_mail(session, sent.append, now=NOON) == 1
    assert send_waiting_mail(session, sent.append, now=NOON) == 0
    assert [each.subject for each in sent] == ["Hello"]


def test_a_mail_nobody_can_write_keeps_no_other_back(session):
    for to in ("one@example.org", "odd@example.org", "two@example.org"):
        queue_mail(session, to, "Hello", "Text", now=NOON)
    sent = []

    def send(mail):
        if mail.to.startswith("odd"):
            raise AttributeError("no such header")
        sent.append(mail.to)

    assert send_waiting_mail(session, send, now=NOON) == 2
    assert send_waiting_mail(session, send, now=NOON) == 0
    assert sent == ["one@example.org", "two@example.org"]
    assert "no such header" in {each.to: each.problem for each in mails(session)}["odd@example.org"]


def test_people_are_found_by_address_and_given_roles(session):
    ada = register(session, "ada@example.org", now=NOON, name="Ada")

    assert make_operator(session, ada).is_operator
    assert person_by_email(session, "ADA@example.org").shown_name == "Ada"
    assert register(session, "bob@example.org", now=NOON).shown_name == "bob"
    with pytest.raises(NotFound):
        person_by_email(session, "nobody@example.org")
