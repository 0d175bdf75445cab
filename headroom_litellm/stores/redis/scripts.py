"""What the server itself runs: each script one command on the keys of one slot, by its own clock.

An entry is one string: its ceiling (epoch, ms) and its ttl (ms), 15 digits each, then the value. Time is the server's
own, so that replicas with different clocks agree. Write and expiry are one command and can never part, and a cluster
may place every entry where it likes.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

__all__ = ["ACCOUNT", "GET", "PUT", "TOUCH", "Command", "Script", "in_full"]

Command = tuple[str | bytes | int, ...]


class Script:
    def __init__(self, text: str) -> None:
        self.text = text
        self.digest = hashlib.sha1(text.encode(), usedforsecurity=False).hexdigest()

    def on(self, keys: Sequence[bytes], *arguments: str | bytes | int) -> Command:
        """By its digest, which a server knows that has run the script since it started."""
        return ("EVALSHA", self.digest, len(keys), *keys, *arguments)


_NOW = """
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
"""
_RENEW = (
    _NOW
    + """
local left = math.min(string.sub(entry, 16, 30), string.sub(entry, 1, 15) - now)
redis.call('PEXPIRE', KEYS[1], left)
"""
)
PUT = Script(
    _NOW
    + """
local ceiling = tonumber(redis.call('GETRANGE', KEYS[1], 0, 14)) or now + ARGV[3]
local left = math.max(1, math.min(ARGV[2], ceiling - now))
redis.call('SET', KEYS[1], string.format('%015.0f%015.0f', ceiling, ARGV[2]) .. ARGV[1], 'PX', left)
return 1
"""
)
"""On the entry, with its value, its ttl and the most that it may live; both in ms."""

GET = Script(
    f"""
local entry = redis.call('GET', KEYS[1])
if not entry then return false end
{_RENEW}
if left <= 0 then return false end
return string.sub(entry, 31)
"""
)
"""On the entry. Its value, or nothing."""

TOUCH = Script(
    f"""
local entry = redis.call('GETRANGE', KEYS[1], 0, 29)
if entry == '' then return -1 end
{_RENEW}
if left <= 0 then return -1 end
return redis.call('STRLEN', KEYS[1]) - 30
"""
)
"""On the entry. The size of its value; -1 where there is none."""

ACCOUNT = Script(
    """
local limit, lifetime, most, lately = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4])
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
if redis.call('ZCARD', KEYS[1]) ~= math.max(0, redis.call('HLEN', KEYS[2]) - 1) then
  redis.call('DEL', KEYS[1], KEYS[2])
end
local total = tonumber(redis.call('HGET', KEYS[2], '') or 0)
local function held(key)
  local size, ttl = string.match(redis.call('HGET', KEYS[2], key) or '0 0', '(%d+) (%d+)')
  return tonumber(size), tonumber(ttl)
end
local function forget(key)
  total = total - held(key)
  redis.call('ZREM', KEYS[1], key)
  redis.call('HDEL', KEYS[2], key)
end
for n = 5, #ARGV, 3 do
  local key, size, ttl = ARGV[n], tonumber(ARGV[n + 1]), tonumber(ARGV[n + 2])
  if size >= 0 then
    local before, ttl_before = held(key)
    if ttl == 0 then ttl = ttl_before end
    if ttl == 0 then ttl = lifetime end
    total = total - before + size
    redis.call('ZADD', KEYS[1], string.format('%.0f', now + n), key)
    redis.call('HSET', KEYS[2], key, string.format('%.0f %.0f', size, ttl))
  elseif size == -1 or tonumber(redis.call('ZSCORE', KEYS[1], key) or now) < now - lately * 1000 then
    forget(key)
  end
end
local victims = {}
while #victims < most do
  local oldest = redis.call('ZRANGE', KEYS[1], 0, 0, 'WITHSCORES')
  if not oldest[1] then break end
  local _, ttl = held(oldest[1])
  if total <= limit and oldest[2] + ttl * 1000 > now then break end
  forget(oldest[1])
  victims[#victims + 1] = oldest[1]
end
redis.call('HSET', KEYS[2], '', string.format('%.0f', total))
redis.call('PEXPIRE', KEYS[1], lifetime)
redis.call('PEXPIRE', KEYS[2], lifetime)
return victims
"""
)
"""On a tenant's keys by last use (sorted set) and their sizes and ttls (hash; the sum stands under the empty name).

With the most bytes, the longest life of an entry, the most victims at once, how late is lately (both in ms), and then
for each key that was used: its size (-1: it was deleted, -2: it was not there) and its ttl (0: as it was). What was
used lately is not forgotten for not having been there, since another may just have put it. Answers the keys to remove:
the expired, and the least recently used beyond the most bytes. Where the server has evicted one of the two, both are
begun anew.
"""

_BY_DIGEST = {script.digest: script for script in (PUT, GET, TOUCH, ACCOUNT)}


def in_full(command: Command) -> Command:
    """The same call of a script with the script itself, for a server that does not know it yet."""
    return ("EVAL", _BY_DIGEST[str(command[1])].text, *command[2:])
