# One image for web, worker and scheduler.
FROM python:3.11-slim AS build
WORKDIR /srv
COPY requirements.txt requirements-uv.txt ./
RUN python -m venv /opt/venv \
 && /opt/venv/bin/pip install --no-cache-dir --require-hashes -r requirements-uv.txt \
 && /opt/venv/bin/uv pip install --no-cache --python /opt/venv/bin/python --require-hashes -r requirements.txt \
 && /opt/venv/bin/uv pip uninstall --python /opt/venv/bin/python uv

FROM python:3.11-slim
RUN useradd --system --create-home --uid 10001 collections \
 && mkdir -p /srv/app /srv/media && chown collections /srv/media
COPY --from=build /opt/venv /opt/venv
WORKDIR /srv/app
COPY . .
ENV PATH=/opt/venv/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 MEDIA_ROOT=/srv/media
# Static files are gathered while the image is built; the values below serve this one command and stay in no layer.
RUN SECRET_KEY=build FIELD_ENCRYPTION_KEY=build DATABASE_URL=postgres://build REDIS_URL=redis://build \
    PUBLIC_URL=http://build AGENCY_NAME=build AGENCY_ADDRESS=build AGENCY_PHONE=build AGENCY_HOURS=build DEFAULT_FROM_EMAIL=build@build \
    python manage.py collectstatic --noinput --verbosity 0
USER 10001
EXPOSE 8000
HEALTHCHECK --interval=15s --timeout=5s --start-period=30s CMD ["python", "-c", \
  "import urllib.request as u; u.urlopen('http://127.0.0.1:8000/healthz', timeout=4)"]
CMD ["gunicorn", "collections_crm.wsgi:application", "--bind", "0.0.0.0:8000", "--worker-class", "gthread", \
     "--workers", "4", "--threads", "4", "--max-requests", "10000", "--max-requests-jitter", "1000", "--no-control-socket"]
