"""Whatever is sent, it is never an error of ours: every route, with what nobody should send."""

import itertools
import json
import re

import pytest

from polidat.people import KeyScope, make_operator
from tests.factories import key_of, person

HUGE, NUL, HALF = 10**30, "a\x00b", "\ud800"
TEXTS = ["", NUL, HALF, "x" * 5_000, "' or 1=1 --", "../../x", "9" * 40]
NUMBERS = [0, -1, HUGE, -HUGE, 2**63, 1.5, True, "x", None]
KEPT_OUT = ("/stripe/webhook", "/v1/datasets", "/v1/listings/{slug}/ask", "/v1/operator/reconciliations")


def odd_values(schema, schemas):
    """Values for a field that are of its type, and beyond what it should be, or of none."""
    if "$ref" in schema:
        return [odd_body(schemas[schema["$ref"].rsplit("/", 1)[1]], schemas, pick) for pick in range(3)]
    if "anyOf" in schema:
        return [value for each in schema["anyOf"] for value in odd_values(each, schemas)]
    match schema.get("type"):
        case "string":
            return [*schema.get("enum", []), *TEXTS, 5, None]
        case "integer":
            return NUMBERS
        case "array":
            return [[], [HUGE], [NUL], [HALF], [None], "x", [{}] * 200]
        case "object":
            return [{}, {"1": HUGE}, {NUL: 1}, {str(HUGE): 1}, []]
        case _:
            return [True, False, None, "x"]


def odd_body(schema, schemas, pick):
    """A body in which each field is the `pick`th of its odd values; enough picks see all of them."""
    if "enum" in schema:
        return schema["enum"][pick % len(schema["enum"])]
    fields = schema.get("properties", {})
    return {name: values[pick % len(values)] for name, each in fields.items() if (values := odd_values(each, schemas))}


def asked(described):
    """Every route with addresses, queries and bodies nobody should send."""
    schemas = described["components"]["schemas"]
    for path, verbs in described["paths"].items():
        for verb, route in verbs.items():
            if path in KEPT_OUT:
                continue
            places = [each["name"] for each in route.get("parameters", []) if each["in"] == "path"]
            queries = {each["name"]: each["schema"] for each in route.get("parameters", []) if each["in"] == "query"}
            body = route.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema")
            name = body["$ref"].rsplit("/", 1)[1] if body else None
            for pick in (1, 2):
                filled = ["", "%00", str(HUGE)][pick]
                address = re.sub(r"{\w+}", filled, path) if places else path
                params = {
                    each: values[pick % len(values)]
                    for each, schema in queries.items()
                    if (values := [v for v in odd_values(schema, schemas) if v is not None and v != HALF])
                }
                yield verb, address, params, odd_body(schemas[name], schemas, pick) if name else None


@pytest.fixture(scope="module")
def key(house):
    with house.unit_of_work() as session:
        who = make_operator(session, person(house, "odd-operator"))
    return key_of(house, who, *KeyScope)


def test_nothing_anybody_sends_is_an_error_of_ours(api, key):
    number = itertools.count()
    found = []
    for verb, address, params, body in asked(api.get("/openapi.json").json()):
        headers = key | {"Idempotency-Key": f"odd-key-of-this-test-{next(number)}"}
        content = None if body is None else json.dumps(body)
        sent = api.request(
            verb, address, params=params, content=content,
            headers=headers | {"Content-Type": "application/json"},
        )  # fmt: skip
        if sent.status_code >= 500:
            found.append((verb, address[:80], params, str(body)[:300], sent.text[:200]))
    assert found == []


def bodies(schema, schemas):
    """The schema of a body with every schema it is made of."""
    if "$ref" in schema:
        name = schema["$ref"].rsplit("/", 1)[1]
        yield name, schemas[name]
        schema = schemas[name]
    below = [*schema.get("properties", {}).values(), *schema.get("anyOf", []), *filter(None, [schema.get("items")])]
    for each in below:
        yield from bodies(each, schemas)


def test_no_body_lets_a_misspelt_field_pass(api):
    described = api.get("/openapi.json").json()
    schemas = described["components"]["schemas"]
    sent = [
        content["schema"]
        for verbs in described["paths"].values()
        for route in verbs.values()
        if (content := route.get("requestBody", {}).get("content", {}).get("application/json"))
    ]
    found = {name: each for one in sent for name, each in bodies(one, schemas) if "properties" in each}
    assert len(found) > 30
    assert [name for name, each in found.items() if each.get("additionalProperties") is not False] == []


def test_a_field_no_body_has_is_named(api, key):
    sent = api.put("/v1/seller/listings/x/price", json={"price_minor": 0, "curency": "eur"}, headers=key)
    assert (sent.status_code, sent.json()["detail"]) == (422, "body.curency: Extra inputs are not permitted")


def test_what_is_said_about_a_listing_that_is_not_ordered_is_not_dropped(api, key):
    for field, told in (
        ("quantities", {"misspelt": 2}),
        ("for_others", ["misspelt"]),
        ("deliveries", {"misspelt": "x"}),
        ("notes", {"misspelt": "x"}),
    ):
        headers = key | {"Idempotency-Key": f"odd-order-{field:>16}"}
        sent = api.post("/v1/orders", json={"listings": ["right"], field: told}, headers=headers)
        assert (sent.status_code, "misspelt" in sent.json()["detail"]) == (422, True), field


def test_a_statement_of_a_month_in_other_digits_is_no_error_of_ours(api, key):
    assert api.get("/v1/seller/statements/20٣٣-11", headers=key).status_code == 422
