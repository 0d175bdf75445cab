# A LiteLLM proxy with the plugin. The config is mounted at /app/litellm_config.yaml.
FROM python:3.12-slim

WORKDIR /src
COPY pyproject.toml README.md LICENSE ./
COPY headroom_litellm ./headroom_litellm
RUN pip install --no-cache-dir ".[proxy,encryption]" && useradd --create-home litellm

WORKDIR /app
USER litellm
# LiteLLM's own price list, rather than one from the network at every start.
ENV LITELLM_LOCAL_MODEL_COST_MAP=True
EXPOSE 4000
ENTRYPOINT ["litellm"]
CMD ["--config", "/app/litellm_config.yaml", "--host", "0.0.0.0", "--port", "4000"]
