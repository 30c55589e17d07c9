# grok2api in a container: only what it needs to run, as a user without rights. 只含运行所需，以无特权用户运行。
# Build: docker build -t grok2api .      Run: docker compose up -d      More: docs/deployment.md

ARG PYTHON=3.11-slim-bookworm

FROM python:${PYTHON} AS builder
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
WORKDIR /build
COPY requirements.txt ./
# Every file by its hash, and wheels only: no code of a package runs here, and no compiler is needed.
RUN python -m venv /opt/grok2api/venv \
    && /opt/grok2api/venv/bin/pip install --require-hashes --only-binary :all: -r requirements.txt \
    && /opt/grok2api/venv/bin/pip uninstall --yes pip setuptools
COPY main.py config.defaults.toml LICENSE /opt/grok2api/
COPY src /opt/grok2api/src
COPY --chmod=755 deploy/docker/grok2api /opt/grok2api/bin/grok2api
COPY deploy/docker/healthcheck.py /opt/grok2api/healthcheck.py
RUN python -m compileall -q -j 0 /opt/grok2api/src /opt/grok2api/venv/lib

FROM python:${PYTHON}
ARG VERSION=0.1.0
LABEL org.opencontainers.image.title="grok2api" \
      org.opencontainers.image.description="Gateway: xAI's Grok for any OpenAI client, over a pool of your own credentials" \
      org.opencontainers.image.licenses="MIT" \
      org.opencontainers.image.version="${VERSION}"
# The base image's pip is of no use here, and is one thing less to keep up to date.
RUN pip uninstall --yes --quiet --root-user-action=ignore pip setuptools wheel || true
RUN groupadd --gid 10001 grok2api \
    && useradd --uid 10001 --gid 10001 --no-create-home --home-dir /data --shell /usr/sbin/nologin grok2api \
    && install -d -o 10001 -g 10001 -m 0700 /data \
    && install -d -m 0755 /etc/grok2api
COPY --from=builder /opt/grok2api /opt/grok2api
ENV PATH=/opt/grok2api/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    SERVER_HOST=0.0.0.0 \
    SERVER_PORT=8000 \
    DATA_DIR=/data
USER 10001:10001
# config.toml and .env are read from here if they are mounted.
WORKDIR /etc/grok2api
VOLUME ["/data"]
EXPOSE 8000
# A stop lets running requests finish (server.drain_seconds, 25 s): give it 45 seconds, as compose.yaml does.
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=30s --timeout=5s --start-period=30s --retries=3 \
    CMD ["/opt/grok2api/venv/bin/python", "-I", "/opt/grok2api/healthcheck.py"]
ENTRYPOINT ["grok2api"]
CMD ["serve"]
