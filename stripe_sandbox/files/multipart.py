"""Multipart bodies: the only ones of API v1 that are not form text, used to upload files."""

import base64
from email.message import Message
from email.parser import BytesParser
from email.policy import HTTP
from typing import Any

from stripe_sandbox.errors import invalid
from stripe_sandbox.http.forms import nest

FIELDS_MAX = 100


def decode_multipart(content_type: str, body: bytes) -> dict[str, Any]:
    """Give the nested parameters of a multipart body; an uploaded file becomes its name and its content in base64.

    Raises 400 for a body that is none.
    """
    if "\r" in content_type or "\n" in content_type:
        raise invalid("Invalid multipart body.")
    head = f"Content-Type: {content_type}\r\n\r\n".encode("latin-1", "replace")
    parts: Any = BytesParser(policy=HTTP).parsebytes(head + body).get_payload()
    if not isinstance(parts, list) or len(parts) > FIELDS_MAX:
        raise invalid("Invalid multipart body.")
    return nest([_pair(part) for part in parts])


def _pair(part: Message) -> tuple[str, Any]:
    name, filename = part.get_param("name", header="content-disposition"), part.get_filename()
    content = part.get_payload(decode=True)
    if not isinstance(name, str) or not isinstance(content, bytes):
        raise invalid("Invalid multipart body: a part without a name.")
    if filename is not None:
        return name, {"filename": filename, "content": base64.b64encode(content).decode()}
    try:
        return name, content.decode()
    except UnicodeDecodeError as wrong:
        raise invalid(f"Invalid multipart body: {name[:100]} is not UTF-8.", param=name[:100]) from wrong
