#!/usr/bin/env bash
# Run every benchmark alone, one after the other; each prints one JSON object as its last line.
set -euo pipefail
cd "$(dirname "$0")/.."
mkdir -p build
: >build/bench.jsonl
for file in tests/bench/*.py; do
  grep -q '^if __name__ == "__main__"' "$file" || continue
  name="$(basename "$file" .py)"
  echo "== $name"
  .venv/bin/python -m "tests.bench.$name" --json | tee >(tail -n 1 >>build/bench.jsonl)
done
echo "Figures: build/bench.jsonl"
