#!/bin/sh
# Writes requirements/*.txt: versions and hashes, no address of any index.
set -eu
cd "$(dirname "$0")/.."
uv=${UV:-.venv/bin/uv}
lock() {
    "$uv" pip compile --quiet --universal --python-version 3.11 --generate-hashes \
        --no-header --no-annotate --no-emit-index-url "$@"
}
printf 'hatchling\neditables\n' > requirements/build.in
lock pyproject.toml requirements/build.in --extra postgres -o requirements/run.txt
lock pyproject.toml requirements/build.in --extra postgres --group dev \
    -c requirements/run.txt -o requirements/dev.txt
lock requirements/node.in -o requirements/node.txt
if grep -nE '://' requirements/*.txt; then
    echo 'An address has slipped into a lock file.' >&2
    exit 1
fi
