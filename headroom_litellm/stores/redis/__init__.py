"""Originals shared by all replicas: Redis or Valkey, 5.0 or later; one server, Sentinel or Cluster."""

from .store import RedisStore

__all__ = ["RedisStore"]
