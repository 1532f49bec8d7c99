# Two stages: the first builds the wheel and installs it from hashed locks, the second only runs it.
FROM python:3.12-slim AS build

WORKDIR /src
RUN python -m venv /venv
COPY requirements.lock ./
RUN /venv/bin/pip install --no-cache-dir --require-hashes -r requirements.lock
COPY pyproject.toml README.md LICENSE ./
COPY app app
COPY migrations migrations
COPY seed seed
# hatchling and editables are in the lock to build this; what runs needs neither them nor pip.
RUN /venv/bin/pip wheel --no-cache-dir --no-deps --no-build-isolation --wheel-dir /wheels . \
    && /venv/bin/pip install --no-cache-dir --no-deps --no-index /wheels/palanca-*.whl \
    && /venv/bin/pip uninstall --yes hatchling editables pip


FROM python:3.12-slim

# The account has a name: the embedded PostgreSQL, if it is used, tells users by theirs.
RUN useradd --system --uid 10001 --user-group --no-create-home --home-dir /nonexistent palanca \
    && install --directory --owner=palanca --group=palanca --mode=0700 /var/lib/palanca
COPY --from=build /venv /venv
ENV PATH=/venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PALANCA_DATA_DIR=/var/lib/palanca
USER 10001:10001
WORKDIR /var/lib/palanca
EXPOSE 8000
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s --retries=3 \
    CMD ["python", "-c", "import urllib.request as u; u.urlopen('http://127.0.0.1:8000/readyz', timeout=4)"]
CMD ["palanca", "serve", "--host", "0.0.0.0"]
