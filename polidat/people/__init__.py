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
from polidat.people.mail import (
    MAIL_BATCH,
    Mail,
    house_link,
    mails,
    queue_mail,
    queue_mail_once,
    send_waiting_mail,
    was_mailed,
)
from polidat.people.mail_wish import choose_sale_mails
from polidat.people.models import KeyScope, Person, SaleMails
from polidat.people.networks import Roamer, forget_networks, note_network, roamers
from polidat.people.once import KeyOfAnotherCall, do_once, noted_call
from polidat.people.register import become_seller, make_operator, normal_email, operators, person_by_email, register
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
    "MAIL_BATCH",
    "ApiKey",
    "BadSignInLink",
    "KeyHolder",
    "KeyOfAnotherCall",
    "KeyScope",
    "Mail",
    "NewKey",
    "Person",
    "Roamer",
    "SaleMails",
    "SignInRequired",
    "SignedIn",
    "become_seller",
    "choose_sale_mails",
    "confirm_sign_in",
    "csrf_token",
    "do_once",
    "forget_networks",
    "holder_of_key",
    "house_link",
    "key_holds_of",
    "keys_of",
    "mails",
    "make_api_key",
    "make_operator",
    "normal_email",
    "note_network",
    "noted_call",
    "open_session",
    "operators",
    "person_by_email",
    "person_of_session",
    "queue_mail",
    "queue_mail_once",
    "register",
    "request_sign_in",
    "resume_keys",
    "revoke_api_key",
    "revoke_held_keys",
    "roamers",
    "send_waiting_mail",
    "sign_out",
    "sign_out_everywhere",
    "suspend_keys",
    "was_mailed",
]
