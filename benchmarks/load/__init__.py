"""What the plugin costs a LiteLLM proxy: real proxies in front of a provider that answers at once, with the plugin and
without it in turns within one run.

    python -m benchmarks.load [PART ...] [--quick] [--report FILE]
"""
