# One image for receiver, consumer and dashboard: docker-compose.yml says which command runs.
FROM python:3.11-slim-bookworm

ENV PYTHONUNBUFFERED=1 \
    PIP_NO_CACHE_DIR=1 \
    PIP_DISABLE_PIP_VERSION_CHECK=1

# The dependencies change less often than the code: a layer of their own. Only what runs here, in the
# locked versions: no tools of the tests, and no embedded broker.
WORKDIR /src
COPY requirements-image.lock ./
RUN pip install --require-hashes --requirement requirements-image.lock
COPY pyproject.toml README.md LICENSE build_wheel.py ./
COPY settings settings
COPY schemas schemas
COPY producer producer
COPY consumer consumer
COPY warehouse warehouse
COPY dashboards dashboards
COPY bluetick bluetick
RUN pip install --no-deps .

# The warehouse's volume takes over this folder's owner when it is new.
RUN useradd --system --uid 10001 --home-dir /data --no-create-home bluetick \
    && install -d -o bluetick -g bluetick -m 0700 /data
USER bluetick
WORKDIR /data
ENV BLUETICK_DATA_DIR=/data \
    BLUETICK_HOST=0.0.0.0
EXPOSE 8000 8002 8501
ENTRYPOINT ["bluetick"]
CMD ["--help"]
