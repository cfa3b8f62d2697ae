# A server for films: docker build -t storyreel . && docker run --rm -p 127.0.0.1:8000:8000 -v films:/films storyreel
# A container listens on every address of its own, so it needs a key: `docker compose run --rm films keys create NAME`.
FROM python:3.11-slim-bookworm AS build
WORKDIR /app
RUN python -m venv /app/.venv
COPY requirements.lock ./
# torch first and from the CPU index: its open range would bring gigabytes of CUDA (docs/decisions/0002-lock.md).
ARG TORCH_INDEX=https://download.pytorch.org/whl/cpu
RUN .venv/bin/pip install --no-cache-dir --constraint requirements.lock --index-url "$TORCH_INDEX" \
      --extra-index-url https://pypi.org/simple "$(grep '^torch==' requirements.lock)" \
 && .venv/bin/pip install --no-cache-dir --no-deps --requirement requirements.lock
COPY pyproject.toml README.md LICENSE ./
COPY agent agent
COPY app app
COPY evals evals
COPY models models
COPY storyboards storyboards
COPY tools tools
RUN .venv/bin/pip install --no-cache-dir --no-deps --no-build-isolation --editable .

FROM python:3.11-slim-bookworm
RUN apt-get update -qq && apt-get install -qq -y --no-install-recommends fontconfig fonts-dejavu-core \
 && rm -rf /var/lib/apt/lists/* && useradd --create-home --uid 10001 films && install -d -o films /films
COPY --from=build /app /app
ENV PATH=/app/.venv/bin:$PATH STORYREEL_HOME=/films PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1
WORKDIR /films
USER films
VOLUME /films
EXPOSE 8000
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=30s --timeout=5s --start-period=60s CMD ["python", "-c", "import urllib.request as u; u.urlopen('http://127.0.0.1:8000/healthz', timeout=4)"]
ENTRYPOINT ["storyreel"]
CMD ["serve", "--host", "0.0.0.0", "--port", "8000"]
