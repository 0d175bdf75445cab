"""A stand-in for the model providers: a small server that speaks their real wire formats and says what it is told.

    with running() as server:
        server.say(Reply(ToolUse("headroom_retrieve", {"hash": "$HASH"})), "It was line 17.", model="stand-in")
        client = openai.OpenAI(base_url=f"{server.url}/v1", api_key="any", max_retries=0)

Tests, the demo and the benchmarks put it behind a real LiteLLM proxy and drive it with the real client libraries.
"""

from standin.cache import PromptCache, Usage, count_tokens
from standin.pace import Pace
from standin.record import Recorded
from standin.script import Handler, Reply, Text, Thinking, ToolUse
from standin.server import running
from standin.state import Standin

__all__ = [
    "Handler",
    "Pace",
    "PromptCache",
    "Recorded",
    "Reply",
    "Standin",
    "Text",
    "Thinking",
    "ToolUse",
    "Usage",
    "count_tokens",
    "running",
]
