"""Writes the API reference (`docs/api.md`) from the OpenAPI description: `make api-reference`."""

import json
import sys
from typing import Any

from polidat.api import build_api


def reference() -> str:
    """Return the reference as Markdown: every route with its parameters and bodies, then every body with its fields."""
    described = build_api(lambda: _no_house()).openapi()
    routes = [_route(path, verb, each) for path, verbs in described["paths"].items() for verb, each in verbs.items()]
    schemas = described["components"]["schemas"]
    bodies = [_body(name, each) for name, each in sorted(schemas.items()) if each["type"] == "object"]
    head = f"# {described['info']['title']} {described['info']['version']}\n\n{described['info']['description']}\n"
    where = (
        "The addresses below begin with `/api`. The same, to try out: `/api/docs`; for tools: `/api/openapi.json`.\n"
    )
    return "\n".join([head, where, "## Routes\n", *routes, "## Bodies\n", *bodies]).rstrip() + "\n"


def _no_house() -> Any:
    raise RuntimeError("nobody is asked while the API is described")


def _route(path: str, verb: str, route: dict[str, Any]) -> str:
    lines = [f"### `{verb.upper()} {path}`\n", f"{route.get('description') or route.get('summary', '')}\n"]
    for scopes in (each for one in route.get("security", []) for each in one.values()):
        lines.append("- key that may " + " or ".join(f"`{each}`" for each in scopes) if scopes else "- key optional")
    for each in route.get("parameters", []):
        must = "required" if each.get("required") else "optional"
        lines.append(f"- {each['in']} `{each['name']}` ({_type(each['schema'])}, {must})")
    for kind, body in route.get("requestBody", {}).get("content", {}).items():
        lines.append(f"- body {_type(body['schema'])} as `{kind}`")
    for status, answer in route["responses"].items():
        if status.startswith("2"):
            told = [f"{_type(each['schema'])}" for each in answer.get("content", {}).values() if each.get("schema")]
            lines.append(f"- answers {status}{' with ' + ', '.join(told) if told else ''}")
    return "\n".join(lines) + "\n"


def _body(name: str, schema: dict[str, Any]) -> str:
    lines = [f"### {name}\n"]
    if told := schema.get("description"):
        lines.append(" ".join(told.split()) + "\n")
    for field, each in schema.get("properties", {}).items():
        must = ", required" if field in schema.get("required", []) else ""
        lines.append(f"- `{field}`: {_type(each)}{must}")
    return "\n".join(lines) + "\n"


def _type(schema: dict[str, Any]) -> str:
    if "$ref" in schema:
        name = schema["$ref"].rsplit("/", 1)[1]
        return f"[{name}](#{name.lower()})"
    if "anyOf" in schema:
        return " or ".join(_type(each) for each in schema["anyOf"])
    if "enum" in schema:
        return " or ".join(f"`{json.dumps(each)}`" for each in schema["enum"])
    if schema.get("type") == "array":
        return f"list of {_type(schema['items'])}"
    return f"{schema.get('type', 'anything')}{' (' + schema['format'] + ')' if 'format' in schema else ''}"


if __name__ == "__main__":
    sys.stdout.write(reference())
