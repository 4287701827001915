"""Mail leaves by SMTP, where a server is configured."""

import smtplib
from collections.abc import Callable
from email.message import EmailMessage
from urllib.parse import unquote, urlsplit

from pydantic import SecretStr

from polidat.core import Unavailable
from polidat.people import Mail

_TIMEOUT_S = 20


def open_smtp(url: SecretStr, sender: str) -> Callable[[Mail], None]:
    """Return how one mail is sent through `smtp[s]://user:password@host:port`; it raises Unavailable."""
    parts = urlsplit(url.get_secret_value())

    def send(mail: Mail) -> None:
        message = EmailMessage()
        message["From"], message["To"], message["Subject"] = sender, mail.to, mail.subject
        message.set_content(mail.body)
        kind = smtplib.SMTP_SSL if parts.scheme == "smtps" else smtplib.SMTP
        try:
            with kind(parts.hostname or "localhost", parts.port or 0, timeout=_TIMEOUT_S) as server:
                if parts.username:
                    server.login(unquote(parts.username), unquote(parts.password or ""))
                server.send_message(message, to_addrs=[mail.to])  # not what the header reads like
        except (OSError, smtplib.SMTPException) as error:
            raise Unavailable("The mail server does not take the mail.", cause=repr(error)) from error

    return send
