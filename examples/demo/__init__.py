"""`make demo`: real recorded agent sessions, replayed through a real LiteLLM proxy with and without the plugin."""
