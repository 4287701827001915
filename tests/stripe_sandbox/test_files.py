"""Files: uploaded in parts, read back with the key, linked to for everybody, given as evidence."""

import io

import pytest
import stripe

from tests.stripe_sandbox.conftest import follow_link, make_link, make_seller, pay

PDF = b"%PDF-1.7\r\n--not a boundary\r\n\x00\xff evidence"
PNG = b"\x89PNG\r\n\x1a\n picture"
KEY = {"Authorization": "Bearer sk_test_sim"}


def upload(client, content=PDF, purpose="dispute_evidence", name="receipt.pdf", **more):
    file = io.BytesIO(content)
    file.name = f"/somewhere/{name}"
    return client.v1.files.create({"purpose": purpose, "file": file, **more})


def test_a_file_comes_back_as_it_was_sent(sandbox, client, listener):
    file = upload(client)

    assert (file.filename, file.type, file.size, file.purpose) == ("receipt.pdf", "pdf", len(PDF), "dispute_evidence")
    answer = sandbox.web.get(file.url, headers=KEY)
    assert (answer.content, answer.headers["content-type"]) == (PDF, "application/pdf")
    assert sandbox.web.get(file.url).status_code == 401
    assert sandbox.web.get(file.url.replace("file_", "file_x"), headers=KEY).status_code == 404
    assert client.v1.files.retrieve(file.id).to_dict() == file.to_dict()
    assert client.v1.files.list({"purpose": "identity_document"}).data == []
    assert [each.id for each in client.v1.files.list().data] == [file.id]
    assert client.v1.events.list({"type": "file.created"}).data[0].data.object.id == file.id


def test_a_file_of_an_account_is_its_own(sandbox, client):
    seller = make_seller(sandbox)
    theirs = client.v1.files.create(
        {"purpose": "identity_document", "file": io.BytesIO(PNG)}, {"stripe_account": seller}
    )

    assert client.v1.files.list().data == []
    assert sandbox.web.get(theirs.url, headers=KEY).status_code == 404
    assert sandbox.web.get(theirs.url, headers={**KEY, "Stripe-Account": seller}).content == PNG


@pytest.mark.parametrize(
    ("content", "purpose"),
    [(b"", "dispute_evidence"), (b"MZ", "dispute_evidence"), (PNG + b"a" * 600_000, "business_logo"), (PDF, "bogus")],
)
def test_a_content_its_purpose_does_not_take_is_refused(client, content, purpose):
    with pytest.raises(stripe.InvalidRequestError):
        upload(client, content, purpose)
    assert client.v1.files.list().data == []


def test_a_body_without_a_file_is_refused(sandbox, client):
    with pytest.raises(stripe.InvalidRequestError) as refused:
        client.v1.files.create({"purpose": "dispute_evidence", "file": "text"})
    assert refused.value.param == "file"
    headers = {**KEY, "Content-Type": "multipart/form-data; boundary=x"}
    for body in (b"", b"--x\r\n\r\nno name\r\n--x--\r\n", b"nothing"):
        assert sandbox.web.post(f"{sandbox.url}/v1/files", content=body, headers=headers).status_code == 400


def test_a_link_opens_a_file_until_it_expires(sandbox, client):
    file = upload(client, file_link_data={"create": True, "metadata": {"a": "b"}})
    (link,) = file.links.data
    assert (link.file, link.metadata["a"], link.expired) == (file.id, "b", False)
    assert sandbox.web.get(link.url).content == PDF

    later = client.v1.file_links.create({"file": file.id, "expires_at": link.created + 1_000})
    sandbox.clock.ahead_s = 2_000
    assert client.v1.file_links.retrieve(later.id).expired
    assert sandbox.web.get(later.url).status_code == 404
    assert [each.id for each in client.v1.file_links.list({"expired": True}).data] == [later.id]
    assert [each.id for each in client.v1.file_links.list({"expired": False, "file": file.id}).data] == [link.id]
    ended = client.v1.file_links.update(link.id, {"expires_at": "now"})
    assert (ended.expired, ended.url) == (True, None)
    with pytest.raises(stripe.InvalidRequestError):
        client.v1.file_links.update(link.id, {"expires_at": ended.created + 9_000})
    secret = upload(client, PNG, "identity_document")
    with pytest.raises(stripe.InvalidRequestError):
        client.v1.file_links.create({"file": secret.id})


def test_evidence_may_name_a_file_of_its_purpose_only(sandbox, client):
    pay(sandbox, follow_link(sandbox, make_link(client).url), "4000000000000259")
    (dispute,) = client.v1.disputes.list().data
    proof, passport = upload(client), upload(client, PNG, "identity_document")

    for wrong in (passport.id, "file_nobody"):
        with pytest.raises(stripe.InvalidRequestError) as refused:
            client.v1.disputes.update(dispute.id, {"evidence": {"receipt": wrong}})
        assert refused.value.param == "evidence[receipt]"
    kept = client.v1.disputes.update(
        dispute.id, {"evidence": {"receipt": proof.id}, "submit": False, "expand": ["evidence.receipt"]}
    )
    assert (kept.evidence.receipt.id, kept.status) == (proof.id, "needs_response")
    assert client.v1.disputes.update(dispute.id, {"submit": True}).status == "under_review"


def test_an_upload_may_be_repeated_with_its_key(client):
    def once():
        return client.v1.files.create(
            {"purpose": "dispute_evidence", "file": io.BytesIO(PDF)}, {"idempotency_key": "upload"}
        )

    assert once().id == once().id
    with pytest.raises(stripe.IdempotencyError):
        client.v1.files.create(
            {"purpose": "dispute_evidence", "file": io.BytesIO(PDF + b"1")}, {"idempotency_key": "upload"}
        )
