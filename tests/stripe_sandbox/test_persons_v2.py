"""Persons of accounts in API v2, and tokens that carry details."""

from tests.stripe_sandbox.conftest import eventually, make_seller, refused


def test_a_person_is_one_in_both_versions(sandbox, client, listener):
    seller = make_seller(sandbox)
    persons = client.v2.core.accounts.persons
    ada = persons.create(
        seller,
        {"given_name": "Ada", "surname": "Byron", "date_of_birth": {"day": 10, "month": 12, "year": 1985},
         "relationship": {"owner": True, "percent_ownership": "40.5"}, "nationalities": ["gb"],
         "id_numbers": [{"type": "us_ssn", "value": "000-00-0000"}], "metadata": {"a": "b"}},
    )  # fmt: skip
    assert (ada.given_name, str(ada.relationship.percent_ownership), ada.id_numbers[0].type) == (
        "Ada",
        "40.5",
        "us_ssn",
    )
    old = client.v1.accounts.persons.retrieve(seller, ada.id)
    assert (old.first_name, old.dob.year, old.relationship.owner, old.id_number_provided) == ("Ada", 1985, True, True)
    changed = persons.update(seller, ada.id, {"phone": "+15551234567", "metadata": {"a": None, "c": "d"}})
    assert (changed.phone, dict(changed.metadata.to_dict())) == ("+15551234567", {"c": "d"})
    client.v1.accounts.persons.create(seller, {"first_name": "Bob"})
    assert [each.given_name for each in persons.list(seller).data] == ["Bob", "Ada"]
    assert persons.list(seller, {"limit": 1}).next_page_url
    assert persons.delete(seller, ada.id).id == ada.id
    refused(lambda: persons.retrieve(seller, ada.id), "resource_missing")
    names = {f"v2.core.account_person.{each}" for each in ("created", "updated", "deleted")}
    eventually(lambda: names | {"person.deleted"} <= set(listener.types()))


def test_a_token_carries_details_once_and_not_for_long(sandbox, client):
    seller, other = make_seller(sandbox), make_seller(sandbox)
    core = client.v2.core
    token = core.accounts.person_tokens.create(seller, {"given_name": "Ada", "surname": "Byron"})
    assert not core.accounts.person_tokens.retrieve(seller, token.id).used
    refused(lambda: core.accounts.person_tokens.retrieve(other, token.id), "resource_missing")
    refused(lambda: core.accounts.persons.create(other, {"person_token": token.id}), "resource_missing")
    ada = core.accounts.persons.create(seller, {"person_token": token.id, "email": "a@b.co"})
    assert (ada.given_name, ada.email) == ("Ada", "a@b.co")
    assert core.accounts.person_tokens.retrieve(seller, token.id).used
    refused(lambda: core.accounts.persons.create(seller, {"person_token": token.id}), "token_already_used")
    late = core.accounts.person_tokens.create(seller, {"given_name": "Eve"})
    details = core.account_tokens.create(
        {"contact_email": "t@b.co", "identity": {"entity_type": "individual", "individual": {"given_name": "Tim"}}}
    )
    made = core.accounts.create({"account_token": details.id, "identity": {"country": "us"}, "include": ["identity"]})
    assert (made.contact_email, made.identity.individual.given_name) == ("t@b.co", "Tim")
    assert core.account_tokens.retrieve(details.id).used
    sandbox.clock.ahead_s += 700
    refused(lambda: core.accounts.persons.create(seller, {"person_token": late.id}))
