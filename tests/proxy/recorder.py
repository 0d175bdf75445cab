"""What the proxy bills: one JSON line for each call, in the file that `RECORDER_FILE` names."""

from __future__ import annotations

import json
import os
from datetime import datetime
from pathlib import Path
from typing import Any

from litellm.integrations.custom_logger import CustomLogger
from litellm.proxy.spend_tracking.spend_tracking_utils import get_logging_payload

__all__ = ["recorder"]


class Recorder(CustomLogger):
    async def async_log_success_event(
        self, kwargs: dict[str, Any], response_obj: Any, start_time: datetime, end_time: datetime
    ) -> None:
        logged = kwargs["standard_logging_object"]
        spend = get_logging_payload(kwargs, response_obj, start_time, end_time)
        line = {
            "model": logged["model_group"],
            "call_type": logged["call_type"],
            "call_id": kwargs["litellm_call_id"],
            "trace_id": logged["trace_id"],
            "prompt_tokens": logged["prompt_tokens"],
            "completion_tokens": logged["completion_tokens"],
            "cost": logged["response_cost"],
            "key": logged["metadata"]["user_api_key_hash"],
            "spend_key": spend["api_key"],
            "savings": json.loads(spend["metadata"]).get("compression_savings"),
        }
        _write(line)


def _write(line: dict[str, Any]) -> None:
    with Path(os.environ["RECORDER_FILE"]).open("a") as out:
        out.write(json.dumps(line) + "\n")


recorder = Recorder()
