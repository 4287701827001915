"""Files: uploaded once, read back with the key or through a link. Source: docs.stripe.com/file-upload."""

import base64
from collections.abc import Mapping
from pathlib import PurePosixPath
from typing import Any, Final

from stripe_sandbox.call import Body, Call
from stripe_sandbox.errors import invalid
from stripe_sandbox.events.write import emit
from stripe_sandbox.http.listing import list_objects, whole_list
from stripe_sandbox.http.operation import ANY, Operation
from stripe_sandbox.http.plain import DATED, find, list_of, retrieve_of
from stripe_sandbox.ids import random_text
from stripe_sandbox.metadata import merge_metadata
from stripe_sandbox.schema.blank import nothing_of
from stripe_sandbox.store import Row

KIND: Final = "file"
LINK: Final = "file_link"
_MB: Final = 1024 * 1024
# What each purpose takes, by the first bytes of the content, and how much of it.
_PICTURES: Final = ("jpg", "png")
_KINDS: Final[Mapping[str, tuple[tuple[str, ...], int]]] = {
    "account_requirement": (("pdf", *_PICTURES), 10 * _MB),
    "additional_verification": (("pdf", *_PICTURES), 10 * _MB),
    "business_icon": (("gif", *_PICTURES), 512 * 1024),
    "business_logo": (("gif", *_PICTURES), 512 * 1024),
    "customer_signature": (("gif", *_PICTURES), 4 * _MB),
    "dispute_evidence": (("pdf", *_PICTURES), 5 * _MB),
    "identity_document": (("pdf", *_PICTURES), 10 * _MB),
}
_FIRST_BYTES: Final = ((b"%PDF-", "pdf"), (b"\x89PNG\r\n", "png"), (b"\xff\xd8\xff", "jpg"), (b"GIF8", "gif"))
_LINKABLE: Final = ("business_icon", "business_logo", "customer_signature", "dispute_evidence", "pci_document",
                    "tax_document_user_upload")  # fmt: skip
MEDIA: Final = {"pdf": "application/pdf", "png": "image/png", "jpg": "image/jpeg", "gif": "image/gif"}
_PURPOSES: Final = (*_KINDS, "pci_document", "tax_document_user_upload")


def create_file(call: Call, params: Body) -> Body:
    """Keep an uploaded file; raises 400 for a content its purpose does not take."""
    upload, purpose = params["file"], params["purpose"]
    if not isinstance(upload, dict) or "content" not in upload:
        raise invalid("Invalid file: send it as a part of a multipart/form-data body.", param="file")
    content = base64.b64decode(upload["content"])
    kind = next((name for start, name in _FIRST_BYTES if content.startswith(start)), None)
    _check(purpose, kind, len(content))
    body: Body = {
        **nothing_of(KIND),
        "created": call.now,
        "filename": PurePosixPath(upload["filename"]).name,
        "purpose": purpose,
        "size": len(content),
        "type": kind,
    }
    row = call.add(KIND, body)
    call.tx.sql("INSERT INTO file_contents (file_id, content) VALUES (?, ?)", (row.id, content))
    link = params.get("file_link_data")
    if link and link["create"]:
        create_link(call, {"file": row.id, **{name: value for name, value in link.items() if name != "create"}})
    emit(call, "file.created", show_file(call, row), account=call.account)
    return show_file(call, row)


def _check(purpose: str, kind: str | None, size: int) -> None:
    kinds, most = _KINDS.get(purpose, ((), 10 * _MB))
    if not size:
        raise invalid("The uploaded file is empty.", param="file")
    if kinds and kind not in kinds:
        message = f"The file type uploaded is not supported for this purpose. Supported types: {', '.join(kinds)}."
        raise invalid(message, param="file")
    if size > most:
        raise invalid(f"The file is larger than the {most} bytes that {purpose} may have.", param="file")


def show_file(call: Call, row: Row) -> Body:
    """Give a file with its links; its address follows the sandbox to another port."""
    links = call.tx.find(LINK, "body ->> '$.file' = ?", (row.id,), newest=True)
    shown = whole_list(f"/v1/file_links?file={row.id}", [show_link(call, each) for each in links])
    return {**row.body, "links": shown, "url": f"{call.base_url}/v1/files/{row.id}/contents"}


def create_link(call: Call, params: Body) -> Body:
    """Make a public address of a file, for ever or until `expires_at`."""
    file = find(call, KIND, params["file"], param="file", status=400)
    if file.body["purpose"] not in _LINKABLE:
        raise invalid(f"Files with the purpose {file.body['purpose']} cannot have links.", param="file")
    expires_at = params.get("expires_at")
    if expires_at is not None and expires_at <= call.now:
        raise invalid("The expiration must be in the future.", param="expires_at")
    body: Body = {
        "created": call.now,
        "expires_at": expires_at,
        "file": file.id,
        "livemode": False,
        "metadata": merge_metadata({}, params.get("metadata")),
    }
    return show_link(call, call.add(LINK, body, hidden={"token": random_text(32)}))


def update_link(call: Call, params: Body, link_id: str) -> Body:
    """Let a link expire, now or later, or change its metadata."""
    row = find(call, LINK, link_id, noun="file link")
    if "expires_at" in params:
        if is_expired(call, row):
            raise invalid("This file link has expired already.", param="expires_at")
        given: Any = params["expires_at"]
        row.body["expires_at"] = call.now if given == "now" else given if given != "" else None
    row.body["metadata"] = merge_metadata(row.body["metadata"], params.get("metadata"))
    call.tx.save(row)
    return show_link(call, row)


def is_expired(call: Call, row: Row) -> bool:
    """Whether a link leads nowhere any more."""
    return row.body["expires_at"] is not None and row.body["expires_at"] <= call.now


def show_link(call: Call, row: Row) -> Body:
    """Give a link; an expired one has no address."""
    expired = is_expired(call, row)
    return {**row.body, "expired": expired, "url": None if expired else f"{call.base_url}/links/{row.hidden['token']}"}


def content_of(call: Call, file_id: str) -> bytes | None:
    """Give the bytes of a file."""
    found = call.tx.sql("SELECT content FROM file_contents WHERE file_id = ?", (file_id,))
    return bytes(found[0]["content"]) if found else None


def _list_links(call: Call, params: Body) -> Body:
    """`expired` is a matter of now, so it is a condition and no member."""
    wanted = {name: value for name, value in params.items() if name != "expired"}
    where, values = "TRUE", ()
    if "expired" in params:
        over = "coalesce(body ->> '$.expires_at' <= ?, 0)"
        where, values = (over if params["expired"] else f"NOT {over}"), (call.now,)
    filters = {"file": "body ->> '$.file' = ?"}
    return list_objects(call, LINK, wanted, "/v1/file_links", show_link, filters=filters, where=where, values=values)


_LINKED = {"create": ANY, "expires_at": ANY, "metadata": ANY}
OPERATIONS = {
    "POST /v1/files": Operation(create_file, {"file": ANY, "purpose": _PURPOSES, "file_link_data": _LINKED}),
    "GET /v1/files": Operation(list_of(KIND, "/v1/files", ["purpose"], show=show_file), {**DATED, "purpose": ANY}),
    "GET /v1/files/{file}": Operation(retrieve_of(KIND, noun="file upload", show=show_file)),
    "POST /v1/file_links": Operation(create_link, {"file": ANY, "expires_at": ANY, "metadata": ANY}),
    "GET /v1/file_links": Operation(_list_links, {**DATED, "file": ANY, "expired": ANY}),
    "GET /v1/file_links/{link}": Operation(retrieve_of(LINK, noun="file link", show=show_link)),
    "POST /v1/file_links/{link}": Operation(update_link, {"expires_at": ANY, "metadata": ANY}),
}
