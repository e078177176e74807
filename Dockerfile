# One image for web, worker and scheduler; compose.yaml says which is which.
FROM python:3.12-slim AS build
WORKDIR /app
COPY requirements.txt requirements-build.txt ./
RUN python -m venv /venv \
 && /venv/bin/pip install --no-cache-dir --upgrade 'pip>=25.3' \
 && /venv/bin/pip install --no-cache-dir --build-constraint requirements-build.txt -r requirements.txt

FROM python:3.12-slim
RUN useradd --create-home --uid 10001 console
WORKDIR /app
COPY --from=build /venv /venv
COPY --chown=console . .
ENV PATH=/venv/bin:$PATH PYTHONUNBUFFERED=1 VAR_DIR=/app/var
# static files do not depend on the secret, but settings refuse to load without one
RUN mkdir -p var/uploads && SECRET_KEY=$(python -c 'import secrets; print(secrets.token_urlsafe(64))') python manage.py collectstatic --noinput \
 && chown -R console var
USER console
EXPOSE 8000
CMD ["gunicorn", "console.wsgi", "--bind", "0.0.0.0:8000", "--worker-class", "gthread", "--workers", "2", "--threads", "8", "--access-logfile", "-"]
