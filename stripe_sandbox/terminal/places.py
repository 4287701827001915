"""Where readers stand and how they are set: kept, with the short-lived secrets a reader's program asks for."""

from typing import Any, Final

from stripe_sandbox.call import Body, Call
from stripe_sandbox.errors import invalid
from stripe_sandbox.http.operation import ANY, Operation
from stripe_sandbox.http.plain import PAGED, find
from stripe_sandbox.http.resource import Resource
from stripe_sandbox.ids import random_text
from stripe_sandbox.payments.bodies import NO_ADDRESS
from stripe_sandbox.store import Row

LOCATION: Final = "terminal.location"
CONFIGURATION: Final = "terminal.configuration"
_DEVICES: Final = (
    "bbpos_wisepad3", "bbpos_wisepos_e", "stripe_s700", "stripe_s710", "stripe_t600", "verifone_m425", "verifone_p400",
    "verifone_p630", "verifone_ux700", "verifone_v660p",
)  # fmt: skip
_PARTS: Final = ("cellular", "offline", "reboot_window", "tipping")
_NAMES: Final = ("display_name", "display_name_kana", "display_name_kanji", "phone")


def _location(call: Call, params: Body) -> Body:
    if "display_name" not in params or "address" not in params:
        missing_one = "display_name" if "display_name" not in params else "address"
        raise invalid(f"Missing required param: {missing_one}.", param=missing_one, code="parameter_missing")
    body: Body = {name: params.get(name) for name in _NAMES} | {"metadata": {}}
    body["address"] = {**NO_ADDRESS, **params["address"]}
    _override(call, body, params)
    return body


def _override(call: Call, body: Body, params: Body) -> None:
    if "configuration_overrides" in params:
        wanted = params["configuration_overrides"] or None
        if wanted:
            find(
                call, CONFIGURATION, wanted, noun="terminal configuration", param="configuration_overrides", status=400
            )
        body["configuration_overrides"] = wanted


def _merge_location(call: Call, row: Row, params: Body) -> None:
    _override(call, row.body, params)
    if "address" in params:
        row.body["address"] = {**row.body["address"], **params["address"]}


def _without_time(call: Call, row: Row) -> Body:
    del call
    return {name: value for name, value in row.body.items() if name != "created" and not (
        row.kind == CONFIGURATION and value is None)}  # fmt: skip


def _configuration(call: Call, params: Body) -> Body:
    others = call.tx.find(CONFIGURATION, "account = ? AND hidden ->> '$.deleted' IS NULL", (call.account,))
    body: Body = {"is_account_default": not others, "name": params.get("name")}
    _set_parts(call, body, params)
    return body


def _set_parts(call: Call, body: Body, params: Body) -> None:
    for name in _PARTS:
        if name in params:
            body[name] = params[name] or None
    for name in _DEVICES:
        splash: Any = (params.get(name) or {}).get("splashscreen")
        if splash:
            find(call, "file", splash, param=f"{name}[splashscreen]", status=400)
        if name in params:
            body[name] = {"splashscreen": splash} if splash else None
    window = params.get("reboot_window")
    if window and not all(0 <= window[each] <= 23 for each in ("start_hour", "end_hour")):
        raise invalid("An hour is from 0 to 23.", param="reboot_window")


def _merge_configuration(call: Call, row: Row, params: Body) -> None:
    _set_parts(call, row.body, params)


def create_connection_token(call: Call, params: Body) -> Body:
    """Give a secret for the program of a reader, for one location if one is named."""
    if "location" in params:
        find(call, LOCATION, params["location"], noun="terminal location", param="location", status=400)
    shown: Body = {"object": "terminal.connection_token", "secret": f"pst_test_{random_text(32)}"}
    return shown | ({"location": params["location"]} if "location" in params else {})


def create_onboarding_link(call: Call, params: Body) -> Body:
    """Give the address at which a merchant would agree to the terms of Tap to Pay."""
    options = params["link_options"].get("apple_terms_and_conditions")
    if options is None:
        param = "link_options[apple_terms_and_conditions]"
        raise invalid(f"Missing required param: {param}.", param=param, code="parameter_missing")
    return {
        "object": "terminal.onboarding_link",
        "link_options": {"apple_terms_and_conditions": {"allow_relinking": None, **options}},
        "link_type": params["link_type"],
        "on_behalf_of": params.get("on_behalf_of"),
        "redirect_url": f"{call.base_url}/terminal/terms/{random_text(24)}",
    }


_PLACE = {**dict.fromkeys(_NAMES, ANY), "address": ANY, "configuration_overrides": ANY}
_SETTINGS = dict.fromkeys((*_DEVICES, *_PARTS, "name"), ANY)
_LOCATIONS = Resource(
    kind=LOCATION, url="/v1/terminal/locations", name="location", body=_location, merge=_merge_location,
    show=_without_time, takes=_PLACE, changes=_PLACE, plain=_NAMES, lists=PAGED, deletes=True, noun="terminal location",
)  # fmt: skip
_CONFIGURATIONS = Resource(
    kind=CONFIGURATION, url="/v1/terminal/configurations", name="configuration", body=_configuration,
    merge=_merge_configuration, show=_without_time, takes=_SETTINGS, changes=_SETTINGS, plain=("name",), lists=PAGED,
    filters=("is_account_default",), deletes=True, noun="terminal configuration",
)  # fmt: skip
OPERATIONS = {
    **_LOCATIONS.operations(),
    **_CONFIGURATIONS.operations(),
    "POST /v1/terminal/connection_tokens": Operation(create_connection_token, {"location": ANY}),
    "POST /v1/terminal/onboarding_links": Operation(
        create_onboarding_link, {"link_options": ANY, "link_type": ANY, "on_behalf_of": ANY}
    ),
}
