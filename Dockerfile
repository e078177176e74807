# One image for web, worker, carrier and scheduler; compose.yaml says which is which.
# A release of CPython on a release of Debian. For the very bytes name its digest, which your registry tells:
#   docker build --build-arg BASE=python:3.12.12-slim-bookworm@sha256:… .
ARG BASE=python:3.12.12-slim-bookworm

FROM ${BASE} AS build
WORKDIR /app
# Not empty: with what traces need (docs/deploy.md).
ARG TRACES=
COPY requirements.lock requirements-build.lock requirements-traces.lock ./
RUN python -m venv /venv \
 && /venv/bin/pip install --no-cache-dir --require-hashes -r requirements-build.lock \
 && /venv/bin/pip install --no-cache-dir --require-hashes --no-build-isolation -r requirements.lock \
 && if [ -n "${TRACES:-}" ]; then /venv/bin/pip install --no-cache-dir --require-hashes -r requirements-traces.lock; fi

FROM ${BASE}
RUN groupadd --system --gid 10001 console && useradd --system --uid 10001 --gid console --home-dir /app/var --no-create-home --shell /usr/sbin/nologin console
WORKDIR /app
COPY --from=build /venv /venv
# Code and packages stay root's: whoever gets into a process cannot change what the next one runs. Only VAR_DIR is written.
COPY . .
ENV PATH=/venv/bin:$PATH PYTHONUNBUFFERED=1 VAR_DIR=/app/var
# Compiled here, for nobody can do it later. Static files do not depend on the secret, but settings refuse to load without.
RUN chmod -R go-w /app && python -m compileall -q /app \
 && install -d -m 0700 var var/uploads \
 && SECRET_KEY=$(python -c 'import secrets; print(secrets.token_urlsafe(64))') python manage.py collectstatic --noinput \
 && chmod -R go= var && chown -R console:console var
USER 10001:10001
EXPOSE 8000
# That of web; compose.yaml has others for the other services.
HEALTHCHECK --interval=10s --timeout=6s --start-period=30s --retries=6 \
  CMD ["python", "-c", "import urllib.request as u; u.urlopen('http://127.0.0.1:8000/readyz', timeout=5)"]
CMD ["gunicorn", "console.wsgi", "--bind", "0.0.0.0:8000", "--worker-class", "gthread", "--workers", "2", "--threads", "8", "--access-logfile", "-"]
