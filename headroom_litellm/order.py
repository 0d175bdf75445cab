"""Our places among LiteLLM's callbacks: the request side last, the response side first.

Guardrails must see what a client sent before we put parts of it away, and the final answer after we made it. They may
be added while the proxy runs, so the places are checked on every request, which costs a look at the list.
"""

from __future__ import annotations

import litellm
from litellm.integrations.custom_guardrail import CustomGuardrail

__all__ = ["keep_places"]


def keep_places(request_side: object, plain: object, guarded: object) -> bool:
    """Put `request_side` last and the response side first. True when they stood there already and no guardrail is
    registered, so that the request may be rewritten in the pre-call hook: guardrails may also run beside the pre-call
    hooks or beside the provider call, and those would miss what is put away.

    The response side is `guarded` (a guardrail itself) where other guardrails are registered, since LiteLLM runs all
    guardrails before all other callbacks on a whole response. It is `plain` where there are none, since the mere
    presence of a guardrail slows every stream chunk.
    """
    callbacks = litellm.callbacks
    ours = (request_side, plain, guarded)
    has_guardrails = any(isinstance(callback, CustomGuardrail) and callback not in ours for callback in callbacks)
    first = guarded if has_guardrails else plain
    once = sum(callback in ours for callback in callbacks) == 2  # a config that is loaded again registers us again
    if once and callbacks[-1] is request_side and callbacks[0] is first:
        return not has_guardrails
    # A new list: requests under way still walk the old one, and must not skip a guardrail in it.
    litellm.callbacks = [first, *(callback for callback in callbacks if callback not in ours), request_side]
    return False
