# Debian, because everything Cohort needs beyond its locked packages comes from it. Any Debian 12 image will do;
# scripts/build_image.sh makes one where no registry can be reached.
ARG BASE=docker.io/library/debian:bookworm-slim

FROM ${BASE} AS build
# hadolint ignore=DL3008 # what Debian has mended since is wanted
RUN apt-get update \
 && apt-get install --yes --no-install-recommends ca-certificates python3 python3-venv \
 && rm -rf /var/lib/apt/lists/*
RUN python3 -m venv /opt/uv && /opt/uv/bin/pip install --no-cache-dir uv==0.13.9
ENV SSL_CERT_FILE=/etc/ssl/certs/ca-certificates.crt UV_COMPILE_BYTECODE=1 UV_LINK_MODE=copy UV_PYTHON=/usr/bin/python3 UV_PYTHON_DOWNLOADS=never \
    UV_PROJECT_ENVIRONMENT=/opt/cohort
WORKDIR /src
# The packages first: they change less often than the code.
COPY pyproject.toml uv.lock README.md LICENSE ./
RUN /opt/uv/bin/uv sync --locked --no-dev --no-install-project --no-cache \
    --extra metrics --extra sentry --extra speed --extra try
COPY bot bot
COPY cogs cogs
COPY data data
RUN /opt/uv/bin/uv sync --locked --no-dev --no-editable --no-cache \
    --extra metrics --extra sentry --extra speed --extra try

FROM ${BASE}
# hadolint ignore=DL3008 # as above
RUN apt-get update \
 && apt-get install --yes --no-install-recommends ca-certificates python3 \
 && rm -rf /var/lib/apt/lists/* \
 && useradd --uid 10001 --no-create-home --home-dir /data --shell /usr/sbin/nologin cohort \
 && install --directory --owner=cohort --mode=0700 /data
COPY --from=build /opt/cohort /opt/cohort
ENV PATH=/opt/cohort/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 \
    DATABASE_URL=sqlite:////data/cohort.sqlite3
USER 10001
WORKDIR /data
VOLUME /data
HEALTHCHECK --interval=30s --timeout=10s --start-period=5m \
    CMD ["python3", "-m", "bot.operations.probe"]
STOPSIGNAL SIGTERM
ENTRYPOINT ["cohort"]
CMD ["run"]
