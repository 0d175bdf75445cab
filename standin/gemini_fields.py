"""How the Gemini API writes things down: names of fields, lists of one, signatures."""

from __future__ import annotations

import re
from base64 import b64decode, b64encode
from typing import Any

from standin.script import sign
from standin.wire import Json, Refused, objects

__all__ = ["camel", "declarations", "listed", "opened", "sealed"]

_FREE = {
    *("args", "response", "parameters", "parametersJsonSchema", "responseJsonSchema", "responseSchema"),
    *("labels", "partMetadata"),
}
_SIGNATURE = len(sign(""))


def camel(value: Any) -> Any:
    """The value with its fields in camelCase and without nulls; what is the caller's (arguments, schemas) stays."""
    if isinstance(value, list):
        return [camel(item) for item in value]
    if not isinstance(value, dict):
        return value
    named = ((re.sub(r"_([a-z])", lambda match: match[1].upper(), key), item) for key, item in value.items())
    return {name: item if name in _FREE else camel(item) for name, item in named if item is not None}


def listed(value: Any, where: str) -> list[Json]:
    """The objects of a list. The API takes one object for a list of one."""
    return [value] if isinstance(value, dict) else objects(value, where)


def declarations(body: Json) -> list[Json]:
    """Every function declared and every other tool, in order."""
    found: list[Json] = []
    for tool in listed(body.get("tools"), "tools"):
        found += listed(tool.get("functionDeclarations"), "function_declarations")
        if rest := {name: value for name, value in tool.items() if name != "functionDeclarations"}:
            found.append(rest)
    return found


def sealed(thinking: str, signature: str = "") -> str:
    """A thought's `thoughtSignature`. Without a signature of its own it gets the server's, and carries the thought."""
    return b64encode((signature or sign(thinking) + thinking).encode()).decode()


def opened(value: Any) -> tuple[str, str]:
    """What a `thoughtSignature`, in base64 of either alphabet, holds: the signature and the thought carried."""
    try:
        text = value.replace("-", "+").replace("_", "/").rstrip("=")
        held = b64decode(text + "=" * (-len(text) % 4), validate=True).decode(errors="replace")
    except (AttributeError, ValueError):
        text = f'Base64 decoding failed for "{value}"'
        raise Refused(f"Invalid value at 'thought_signature' (TYPE_BYTES), {text}") from None
    return held[:_SIGNATURE], held[_SIGNATURE:]
