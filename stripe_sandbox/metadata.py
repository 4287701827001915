"""Metadata: the rules every object shares. Source: docs.stripe.com/api/metadata."""

from stripe_sandbox.errors import invalid

_KEYS_MAX = 50
_KEY_MAX = 40
_VALUE_MAX = 500


def merge_metadata(
    before: dict[str, str], given: dict[str, str] | str | None, *, param: str = "metadata"
) -> dict[str, str]:
    """Give the metadata after an update: an empty value removes its key, an empty `metadata` removes all.

    Raises 400 for more than 50 keys, keys over 40 characters or with square brackets, values over 500.
    """
    if given is None:
        return dict(before)
    if isinstance(given, str):
        return {}
    merged = {**before, **given}
    for key, value in given.items():
        if not key or len(key) > _KEY_MAX or "[" in key or "]" in key:
            raise invalid(f"Metadata keys must be 1 to {_KEY_MAX} characters: {key[:60]}", param=f"{param}[{key[:60]}]")
        if len(value) > _VALUE_MAX:
            raise invalid(f"Metadata values must be at most {_VALUE_MAX} characters.", param=f"{param}[{key}]")
    merged = {key: value for key, value in merged.items() if value != ""}
    if len(merged) > _KEYS_MAX:
        raise invalid(f"You can have at most {_KEYS_MAX} metadata keys.", param=param)
    return merged
