"""Request parameters checked against the TypedDicts of the SDK.

The SDK opens its enums (`Literal[...] | str`) so that old clients survive new values. A server must not: here
the enums are closed again, unknown keys are refused, and form text becomes int, float or bool.
"""

import importlib
import types
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, ForwardRef, Literal, NotRequired, Required, Union, get_args, get_origin

from stripe._request_options import RequestOptions
from stripe._stripe_object import UntypedStripeObject
from typing_extensions import is_typeddict

from stripe_sandbox.errors import ApiFailure, invalid
from stripe_sandbox.schema.routes import Route

Check = Callable[[Any, str], Any]
_OPTIONS = frozenset(RequestOptions.__annotations__)
_TEXT_MAX = 5_000


@dataclass(frozen=True, slots=True)
class _Field:
    check: Check
    required: bool


def check_params(route: Route, given: dict[str, Any]) -> dict[str, Any]:
    """Give the parameters with their types, or raise the 400 Stripe would answer."""
    if route.params_module is None or route.params_class is None:
        if given:
            raise _unknown(sorted(given))
        return {}
    return _compiled(route.params_module, route.params_class)(given, "")


@cache
def _compiled(module: str, name: str) -> Check:
    # Compiled on first use: the checkout session alone has 457 fields.
    return _typed_dict(getattr(importlib.import_module(module), name))


def _unknown(names: list[str]) -> ApiFailure:
    plural = "s" if len(names) > 1 else ""
    return invalid(f"Received unknown parameter{plural}: {', '.join(names)}", param=names[0], code="parameter_unknown")


def _under(path: str, key: object) -> str:
    return f"{path}[{key}]" if path else str(key)


def _typed_dict(owner: type) -> Check:
    names = vars(importlib.import_module(owner.__module__))
    # The top class of a request mixes the options of a call (key, headers, retries) into its parameters.
    options = _OPTIONS if RequestOptions in getattr(owner, "__orig_bases__", ()) else frozenset[str]()
    fields = {key: _field(each, names) for key, each in owner.__annotations__.items() if key not in options}

    def check(value: Any, path: str) -> dict[str, Any]:
        if not isinstance(value, dict):
            raise invalid(f"Invalid object: {path} must be a hash", param=path)
        if strangers := [_under(path, key) for key in value if key not in fields]:
            raise _unknown(sorted(strangers))
        for key, field in fields.items():
            if field.required and key not in value:
                name = _under(path, key)
                raise invalid(f"Missing required param: {name}.", param=name, code="parameter_missing")
        return {key: fields[key].check(item, _under(path, key)) for key, item in value.items()}

    return check


def _field(annotation: Any, names: Mapping[str, Any]) -> _Field:
    annotation = _resolved(annotation, names)
    required = get_origin(annotation) is not NotRequired
    if get_origin(annotation) in (NotRequired, Required):
        annotation = _resolved(get_args(annotation)[0], names)
    # A field is compiled when a value for it first arrives: most never do.
    compiled: list[Check] = []

    def check(value: Any, path: str) -> Any:
        if not compiled:
            compiled.append(_check_for(annotation, names))
        return compiled[0](value, path)

    return _Field(check, required)


def _resolved(annotation: Any, names: Mapping[str, Any]) -> Any:
    if isinstance(annotation, ForwardRef):
        annotation = annotation.__forward_arg__
    if isinstance(annotation, str):
        # The text is source code of the installed SDK, never of a request.
        return eval(annotation, {**vars(types), **names})  # noqa: S307 - see above
    return annotation


def _check_for(annotation: Any, names: Mapping[str, Any]) -> Check:
    annotation = _resolved(annotation, names)
    origin, inner = get_origin(annotation), get_args(annotation)
    if is_typeddict(annotation):
        return _typed_dict(annotation)
    if origin in (Union, types.UnionType):
        return _union([_resolved(each, names) for each in inner], names)
    if origin is Literal:
        return _literal(list(inner))
    if origin is list:
        return _list(_check_for(inner[0], names))
    if origin is dict:
        return _mapping(_check_for(inner[1], names))
    return _PLAIN.get(getattr(annotation, "__name__", ""), _anything)


def _union(members: list[Any], names: Mapping[str, Any]) -> Check:
    literals = [value for each in members if get_origin(each) is Literal for value in get_args(each)]
    rest = [
        each
        for each in members
        if get_origin(each) is not Literal and get_origin(each) is not UntypedStripeObject and each is not type(None)
    ]
    if literals and literals != [""]:
        rest = [each for each in rest if each is not str]
    checks = [_check_for(each, names) for each in rest]
    takes_nothing = type(None) in members
    shaped = [each for each in rest if is_typeddict(each) or get_origin(each) in (list, dict)]

    def check(value: Any, path: str) -> Any:
        if value in literals if not isinstance(value, (dict, list)) else False:
            return value
        if value is None and takes_nothing:
            return None
        if not checks:
            raise _not_one_of(path, literals)
        # A hash or list is judged by the member that could hold it, so that the error names the inner parameter.
        wants_shape = isinstance(value, (dict, list))
        order = sorted(zip(rest, checks, strict=True), key=lambda pair: (pair[0] in shaped) != wants_shape)
        return _first_fit(_of_object(order, value) or order[:1], value, path)

    return check


def _of_object(members: list[tuple[Any, Check]], value: Any) -> list[tuple[Any, Check]]:
    """Give the members that are for this kind of `object`, where hashes of several kinds may stand."""
    kind = value.get("object") if isinstance(value, dict) else None
    return [
        (each, check)
        for each, check in members
        if kind is not None and is_typeddict(each) and f"'{kind}'" in str(each.__annotations__.get("object"))
    ]


def _first_fit(members: list[tuple[Any, Check]], value: Any, path: str) -> Any:
    for _, check in members[:-1]:
        try:
            return check(value, path)
        except ApiFailure:
            continue
    return members[-1][1](value, path)


def _not_one_of(path: str, allowed: list[Any]) -> ApiFailure:
    shown = ", ".join(str(each) for each in allowed[:30] if each != "")
    return invalid(f"Invalid {path}: must be one of {shown}", param=path)


def _literal(allowed: list[Any]) -> Check:
    def check(value: Any, path: str) -> Any:
        if value == "true" and True in allowed:
            return True
        if isinstance(value, (dict, list)) or value not in allowed:
            raise _not_one_of(path, allowed)
        return value

    return check


def _list(item: Check) -> Check:
    def check(value: Any, path: str) -> list[Any]:
        if not isinstance(value, list):
            raise invalid(f"Invalid array: {path} must be an array", param=path)
        return [item(each, _under(path, index)) for index, each in enumerate(value)]

    return check


def _mapping(item: Check) -> Check:
    def check(value: Any, path: str) -> dict[str, Any]:
        if not isinstance(value, dict):
            raise invalid(f"Invalid object: {path} must be a hash", param=path)
        return {key: item(each, _under(path, key)) for key, each in value.items()}

    return check


def _anything(value: Any, path: str) -> Any:
    del path
    return value


def _text(value: Any, path: str) -> str:
    if not isinstance(value, str):
        raise invalid(f"Invalid string: {path} must be a string", param=path)
    if len(value) > _TEXT_MAX:
        message = f"Invalid string: {path} must be at most {_TEXT_MAX} characters"
        raise invalid(message, param=path)
    return value


def _whole(value: Any, path: str) -> int:
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    digits = value.removeprefix("-") if isinstance(value, str) else ""
    if digits.isascii() and digits.isdecimal() and len(digits) <= 18:
        return int(value)
    raise invalid(f"Invalid integer: {_shown(value)}", param=path, code="parameter_invalid_integer")


def _decimal(value: Any, path: str) -> float:
    try:
        number = float(value)
    except (TypeError, ValueError):
        number = float("nan")
    if number != number or abs(number) > 1e15:
        raise invalid(f"Invalid decimal: {_shown(value)}", param=path)
    return number


def _decimal_text(value: Any, path: str) -> str:
    _decimal(value, path)
    return str(value)


def _truth(value: Any, path: str) -> bool:
    if isinstance(value, bool):
        return value
    if value in ("true", "false"):
        return value == "true"
    raise invalid(f"Invalid boolean: {_shown(value)}", param=path)


def _shown(value: Any) -> str:
    return str(value)[:100] if not isinstance(value, (dict, list)) else "a structured value"


_PLAIN: Mapping[str, Check] = {
    "str": _text,
    "int": _whole,
    "float": _decimal,
    "Decimal": _decimal_text,
    "bool": _truth,
}
