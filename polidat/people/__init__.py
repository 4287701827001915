"""Who is here: people, sign-in by e-mailed link, sessions, API keys, and the mail we send them."""

from polidat.people.errors import BadSignInLink, SignInRequired
from polidat.people.key_holds import key_holds_of, resume_keys, revoke_held_keys, suspend_keys
from polidat.people.keys import (
    EVERYDAY_SCOPES,
    ApiKey,
    KeyHolder,
    NewKey,
    holder_of_key,
    keys_of,
    make_api_key,
    revoke_api_key,
)
from polidat.people.mail import Mail, mails, queue_mail, send_waiting_mail
from polidat.people.models import KeyScope, Person
from polidat.people.once import KeyOfAnotherCall, do_once, noted_call
from polidat.people.register import become_seller, make_operator, normal_email, person_by_email, register
from polidat.people.sign_in import (
    SignedIn,
    confirm_sign_in,
    csrf_token,
    open_session,
    person_of_session,
    request_sign_in,
    sign_out,
    sign_out_everywhere,
)

__all__ = [
    "EVERYDAY_SCOPES",
    "ApiKey",
    "BadSignInLink",
    "KeyHolder",
    "KeyOfAnotherCall",
    "KeyScope",
    "Mail",
    "NewKey",
    "Person",
    "SignInRequired",
    "SignedIn",
    "become_seller",
    "confirm_sign_in",
    "csrf_token",
    "do_once",
    "holder_of_key",
    "key_holds_of",
    "keys_of",
    "mails",
    "make_api_key",
    "make_operator",
    "normal_email",
    "noted_call",
    "open_session",
    "person_by_email",
    "person_of_session",
    "queue_mail",
    "register",
    "request_sign_in",
    "resume_keys",
    "revoke_api_key",
    "revoke_held_keys",
    "send_waiting_mail",
    "sign_out",
    "sign_out_everywhere",
    "suspend_keys",
]
