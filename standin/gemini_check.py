"""What the Gemini API refuses."""

from __future__ import annotations

import re

from standin.gemini_fields import camel, listed, opened
from standin.script import forged, sign
from standin.wire import Json, Refused

__all__ = ["check"]

_VERSIONS = ("v1", "v1beta")
_METHODS = ("generateContent", "streamGenerateContent")
_NAME = re.compile(r"[a-zA-Z_][a-zA-Z0-9_.:-]{0,63}")

_REQUEST = {
    *("version", "method", "model", "contents", "systemInstruction", "tools", "toolConfig", "safetySettings"),
    *("generationConfig", "cachedContent", "labels", "serviceTier", "store"),
}
_PART = {
    *("text", "thought", "thoughtSignature", "inlineData", "fileData", "functionCall", "functionResponse"),
    *("executableCode", "codeExecutionResult", "toolCall", "toolResponse"),
    *("videoMetadata", "mediaResolution", "partMetadata"),
}
_CALL = {"id", "name", "args"}
_RESPONSE = {"id", "name", "response", "parts", "scheduling", "willContinue"}


def check(body: Json) -> None:
    """Raise `Refused`, in the API's words where they are known."""
    body = camel(body)
    if body["version"] not in _VERSIONS or body["method"] not in _METHODS:
        text = f"is not found for API version {body['version']}, or is not supported for {body['method']}."
        raise Refused(f"models/{body['model']} {text}", status=404)
    _check_names(body, _REQUEST, "")
    _check_tools(body)
    if ((body.get("generationConfig") or {}).get("candidateCount") or 1) != 1:
        raise Refused("Multiple candidates is not enabled for this model")
    for content in listed(body.get("systemInstruction"), "system_instruction"):
        _check_names(content, {"role", "parts"}, "system_instruction")
        for index, part in enumerate(listed(content.get("parts"), "system_instruction.parts")):
            _check_part(part, f"system_instruction.parts[{index}]")
    contents = listed(body.get("contents"), "contents")
    if not contents:
        raise Refused("* GenerateContentRequest.contents: contents is not specified\n")
    for position, content in enumerate(contents):
        _check_content(content, f"contents[{position}]")
    _check_calls(contents)
    if body["model"].startswith("gemini-3"):
        _check_signed(contents)


def _check_names(value: Json, known: set[str], where: str) -> None:
    for name in value:
        if name not in known:
            place = f" at '{where}'" if where else ""
            raise Refused(f'Invalid JSON payload received. Unknown name "{name}"{place}: Cannot find field.')


def _check_tools(body: Json) -> None:
    names = set()
    for position, tool in enumerate(listed(body.get("tools"), "tools")):
        declared = listed(tool.get("functionDeclarations"), f"tools[{position}].function_declarations")
        for index, function in enumerate(declared):
            where = f"tools[{position}].function_declarations[{index}]"
            name = function.get("name")
            if not isinstance(name, str) or not _NAME.fullmatch(name):
                rule = (
                    "Invalid function name. Must start with a letter or an underscore. Must be a-z, A-Z, 0-9, or "
                    "contain underscores (_), dots (.), colons (:), or dashes (-), with a maximum length of 64."
                )
                raise Refused(f"The GenerateContentRequest proto is invalid:\n  * {where}.name: [FIELD_INVALID] {rule}")
            if name in names:
                raise Refused(f"Duplicate function declaration found: {name}")
            if "parameters" in function and "parametersJsonSchema" in function:
                text = "parameters and parameters_json_schema cannot both be set"
                raise Refused(f"* GenerateContentRequest.{where}: {text}\n")
            names.add(name)


def _check_content(content: Json, where: str) -> None:
    _check_names(content, {"role", "parts"}, where)
    if content.get("role") not in ("user", "model", None, ""):
        raise Refused("Please use a valid role: user, model.")
    parts = listed(content.get("parts"), f"{where}.parts")
    if not parts:
        raise Refused(f"* GenerateContentRequest.{where}.parts: contents.parts must not be empty.\n")
    thoughts = ""
    for index, part in enumerate(parts):
        _check_part(part, f"{where}.parts[{index}]")
        if "thoughtSignature" in part:
            _check_signature(*opened(part["thoughtSignature"]), thoughts)
        thoughts = thoughts + (part.get("text") or "") if part.get("thought") else ""


def _check_part(part: Json, where: str) -> None:
    _check_names(part, _PART, where)
    if not part.keys() - {"thought", "thoughtSignature", "videoMetadata", "mediaResolution", "partMetadata"}:
        text = "required oneof field 'data' must have one initialized field"
        raise Refused(f"* GenerateContentRequest.{where}.data: {text}\n")
    for kind, known in (("functionCall", _CALL), ("functionResponse", _RESPONSE)):
        if kind not in part:
            continue
        value, name = part[kind], "function_call" if kind == "functionCall" else "function_response"
        if not isinstance(value, dict):
            raise Refused(f"Invalid value at '{where}.{name}'")
        _check_names(value, known, f"{where}.{name}")
        if not value.get("name"):
            raise Refused(f"* GenerateContentRequest.{where}.{name}.name: Name cannot be empty.\n")
        for field in ("args", "response"):
            if not isinstance(value.get(field) or {}, dict):
                raise Refused(f"Invalid value at '{where}.{name}.{field}' (type.googleapis.com/google.protobuf.Struct)")


def _check_signature(signature: str, carried: str, thoughts: str) -> None:
    """It is as it was given out, and to the thoughts before it, where they come back too."""
    if forged(carried, signature) or (signature == sign(carried) and thoughts not in ("", carried)):
        raise Refused("Corrupted thought signature.")


def _check_calls(contents: list[Json]) -> None:
    """Every turn of calls is answered by the next turn, as many and by the same names, and nothing else is answered."""
    asked: list[Json] = []
    for position, content in enumerate(contents):
        calls, responses = _of(content, "functionCall"), _of(content, "functionResponse")
        if (calls and content.get("role") != "model") or (responses and content.get("role") == "model"):
            raise Refused("Please use a valid role: user, model.")
        if responses and not asked:
            raise Refused("Please ensure that function response turn comes immediately after a function call turn.")
        _check_answered(asked, responses)
        if calls and (position == 0 or contents[position - 1].get("role") == "model"):
            text = "comes immediately after a user turn or after a function response turn."
            raise Refused(f"Please ensure that function call turn {text}")
        asked = calls
    _check_answered(asked, [])


def _check_answered(calls: list[Json], responses: list[Json]) -> None:
    if len(calls) != len(responses):
        text = "is equal to the number of function call parts of the function call turn."
        raise Refused(f"Please ensure that the number of function response parts {text}")
    if sorted(call["name"] for call in calls) != sorted(response["name"] for response in responses):
        raise Refused("Please ensure that function response names match the names of the function call turn.")
    asked = {call["id"] for call in calls if call.get("id")}
    answered = [response["id"] for response in responses if response.get("id")]
    if asked and (len(set(answered)) < len(answered) or not asked.issuperset(answered)):
        raise Refused("Please ensure that function response ids match the ids of the function call turn.")


def _check_signed(contents: list[Json]) -> None:
    """In the running tool loop the signature of each turn's thought comes back, at its first call at the latest."""
    asked = [index for index, content in enumerate(contents) if content.get("role") != "model"]
    start = max((index for index in asked if not _of(contents[index], "functionResponse")), default=0)
    for position in range(start, len(contents)):
        signed = False
        for part in listed(contents[position]["parts"], "parts"):
            signed = signed or "thoughtSignature" in part
            if "functionCall" in part and not signed:
                raise Refused(
                    "Function call is missing a thought_signature in functionCall parts. This is required for tools "
                    "to work correctly, and missing thought_signature may lead to degraded model performance. "
                    f"Additional data, function call `default_api:{part['functionCall']['name']}` , position "
                    f"{position + 1}."
                )


def _of(content: Json, kind: str) -> list[Json]:
    return [part[kind] for part in listed(content["parts"], "parts") if kind in part]
