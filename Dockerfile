# syntax=docker/dockerfile:1
# The serving image: no torch, no model. Mount the folder of published snapshots at /snapshots:
#   docker build -t faq-search .
#   docker run -p 8000:8000 -v "$PWD/snapshots:/snapshots:ro" -v faq-log:/log faq-search
# The query log lies in /log; for several machines name a PostgreSQL in FAQ_LOG_URL.
FROM python:3.13-slim AS build
WORKDIR /source
COPY pyproject.toml constraints.txt README.md LICENSE ./
COPY search search
COPY index index
COPY scripts scripts
RUN python -m venv /venv && /venv/bin/pip install --no-cache-dir -c constraints.txt '.[admin,postgres]'

FROM python:3.13-slim
RUN useradd --system --uid 10001 --no-create-home faq && install --directory --owner=faq /log
COPY --from=build /venv /venv
ENV PATH=/venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    FAQ_HOST=0.0.0.0 \
    FAQ_PORT=8000 \
    FAQ_SNAPSHOT_DIR=/snapshots \
    FAQ_LOG_URL=sqlite:////log/query-log.sqlite3

WORKDIR /srv
VOLUME /snapshots /log
EXPOSE 8000
USER faq
HEALTHCHECK --interval=10s --timeout=3s --start-period=15s \
    CMD ["python", "-c", "import os, urllib.request; urllib.request.urlopen(f'http://127.0.0.1:{os.environ[\"FAQ_PORT\"]}/healthz', timeout=2)"]
CMD ["faq", "serve"]
