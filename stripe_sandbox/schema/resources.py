"""Answers checked against the resource classes of the SDK: what a typed client will find in them.

A member that is not Optional must be there, an unknown member is a fault, literals, lists and nested objects are
followed, and a member that may be expanded is an id or a whole object.
"""

import types
from collections.abc import Mapping
from functools import cache
from typing import Any, ClassVar, ForwardRef, Literal, Union, get_args, get_origin

from stripe._object_classes import get_object_class
from stripe._stripe_object import StripeObject, UntypedStripeObject

_V2 = "v2."
_PLAIN: Mapping[str, tuple[type, ...]] = {
    "str": (str,),
    "int": (int,),
    "float": (int, float),
    "bool": (bool,),
    "Decimal": (str,),
}


def faults_of(answer: Mapping[str, Any]) -> list[str]:
    """List what a typed client would trip over in an answer; empty when it has the shape of the SDK."""
    if not answer:
        return []  # a stream of events is taken without a word
    kind = answer.get("object")
    if kind in ("list", "search_result") or "next_page_url" in answer:
        return [fault for item in answer["data"] for fault in faults_of(item)]
    if answer.get("deleted") is True:
        return [] if isinstance(answer.get("id"), str) else ["a deleted object needs its id"]
    if str(kind).startswith(_V2) and set(answer) == {"id", "object"}:
        return []  # API v2 says of a deleted object only which it was
    owner = _class_of(str(kind))
    return [f"no SDK class for object {kind!r}"] if owner is None else list(_faults(owner, answer, str(kind)))


def _class_of(kind: str) -> type[StripeObject] | None:
    if kind == "v2.core.event":
        from stripe.v2.core._event import Event

        return Event
    found = get_object_class("V2" if kind.startswith(_V2) else "V1", kind)
    return None if found is StripeObject else found


@cache
def _members(owner: type[StripeObject]) -> dict[str, Any]:
    # A member whose name Python does not allow has another one there.
    named = getattr(owner, "_field_remappings", {})
    return {
        named.get(name, name): annotation
        for base in reversed(owner.__mro__)
        if base.__module__.startswith("stripe.") and base is not StripeObject
        for name, annotation in vars(base).get("__annotations__", {}).items()
        if get_origin(annotation) is not ClassVar and not name.startswith("_")
    }


def optional_members(kind: str) -> list[str]:
    """Give the members of a resource that may be null or missing, in the SDK's order."""
    owner = _class_of(kind)
    return [] if owner is None else [name for name, annotation in _members(owner).items() if _optional(annotation)]


# Members that the endive classes of thin events declare on their subclasses only.
_FREE: Mapping[str, frozenset[str]] = {"v2.core.event": frozenset({"data", "related_object"})}


def _faults(owner: type[StripeObject], value: Mapping[str, Any], path: str) -> list[str]:
    members = _members(owner)
    found = [
        f"{path}.{name}: not a member" for name in value if name not in members and name not in _FREE.get(path, ())
    ]
    for name, annotation in members.items():
        if name not in value:
            if not _optional(annotation):
                found.append(f"{path}.{name}: missing")
            continue
        found += _mismatch(annotation, value[name], f"{path}.{name}")
    return found


def _optional(annotation: Any) -> bool:
    return get_origin(annotation) in (Union, types.UnionType) and type(None) in get_args(annotation)


def _mismatch(annotation: Any, value: Any, path: str) -> list[str]:
    origin, inner = get_origin(annotation), get_args(annotation)
    if isinstance(annotation, ForwardRef):
        return faults_of(value) if isinstance(value, dict) and "object" in value else [f"{path}: not an object"]
    if origin in (Union, types.UnionType):
        return _union_mismatch(inner, value, path)
    if origin is Literal:
        return [] if value in inner else [f"{path}: {value!r} is not one of {inner[:8]}"]
    if origin is list:
        if not isinstance(value, list):
            return [f"{path}: not a list"]
        return [fault for index, each in enumerate(value) for fault in _mismatch(inner[0], each, f"{path}[{index}]")]
    return _object_mismatch(annotation, origin, value, path)


def _object_mismatch(annotation: Any, origin: Any, value: Any, path: str) -> list[str]:
    owner = origin or annotation
    if owner is UntypedStripeObject:
        return [] if isinstance(value, dict) else [f"{path}: not a map"]
    if isinstance(owner, type) and issubclass(owner, StripeObject):
        if not isinstance(value, dict):
            return [f"{path}: not an object"]
        return faults_of(value) if value.get("object") == "list" else _faults(owner, value, path)
    expected = _PLAIN.get(getattr(owner, "__name__", ""))
    if expected is None:
        return []
    fits = isinstance(value, expected) and (bool in expected or not isinstance(value, bool))
    return [] if fits else [f"{path}: {type(value).__name__} is not {owner.__name__}"]


def _union_mismatch(members: tuple[Any, ...], value: Any, path: str) -> list[str]:
    if value is None:
        return [] if type(None) in members else [f"{path}: null"]
    real = [each for each in members if each is not type(None)]
    literals = [each for each in real if get_origin(each) is Literal]
    if literals:
        # The SDK opens its enums with str; what the sandbox says must be a value that is known today.
        real = [each for each in real if each is not str]
    attempts = [_mismatch(each, value, path) for each in real]
    return min(attempts, key=len) if attempts and all(attempts) else []
