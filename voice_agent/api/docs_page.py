"""The documentation as one page: made of the document, without scripts, nothing from elsewhere."""

from __future__ import annotations

import json
from functools import cache
from typing import Any, Final

from jinja2 import Environment, PackageLoader, StrictUndefined

from voice_agent.api.openapi import document
from voice_agent.api.problems import KINDS

CONTENT_SECURITY: Final = (
    "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; base-uri 'none'; "
    "form-action 'none'"
)
"""The style is in the page; there is nothing else that a browser would have to fetch."""


@cache
def docs_page() -> str:
    """The page; the same for everybody."""
    environment = Environment(
        loader=PackageLoader("voice_agent.api"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["pretty"] = _pretty
    environment.filters["kind"] = _kind
    return environment.get_template("docs.html.j2").render(
        document=document(), kinds=KINDS, operations=_operations(document())
    )


def _operations(described: dict[str, Any]) -> dict[str, list[dict[str, Any]]]:
    """By tag, in the order of the document."""
    found: dict[str, list[dict[str, Any]]] = {tag["name"]: [] for tag in described["tags"]}
    for path, methods in described["paths"].items():
        for method, operation in methods.items():
            one = {**operation, "method": method.upper(), "path": path}
            found[operation["tags"][0]].append(one)
    return found


def _pretty(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, indent=2)


def _kind(schema: dict[str, Any]) -> str:
    """A schema in a few words."""
    if "$ref" in schema:
        return str(schema["$ref"].rsplit("/", 1)[-1])
    if "anyOf" in schema:
        return " | ".join(_kind(one) for one in schema["anyOf"])
    if "enum" in schema:
        return " | ".join(str(one) for one in schema["enum"])
    if schema.get("type") == "array":
        return f"{_kind(schema.get('items', {}))}[]"
    form = f" ({schema['format']})" if "format" in schema else ""
    return str(schema.get("type", "object")) + form
