#!/usr/bin/env bash
# Every check and every test, each run even when an earlier one failed; exit 1 when any did.
#
#   tools/check.sh            all of it
#   tools/check.sh torture    only the tests, with more rounds (see COUNTER_APP_TORTURE in CONTRIBUTING.md)
set -uo pipefail
cd "$(dirname "$0")/.."
export QT_QPA_PLATFORM=offscreen PYTHONHASHSEED="${PYTHONHASHSEED:-random}" LC_ALL=C.UTF-8
bin=.venv/bin
failed=()

check() {
  local name="$1"
  shift
  printf '== %s\n' "$name"
  "$@" </dev/null || failed+=("$name")
}

if [ "${1:-all}" = all ]; then
  check "ruff check" "$bin/ruff" check -q .
  check "ruff format" "$bin/ruff" format --check -q .
  check "mypy" "$bin/mypy"
  check "import-linter" "$bin/lint-imports"
  check "codespell" "$bin/codespell"
fi

rm -f .coverage .coverage.*
check "pytest" "$bin/coverage" run -m pytest
if [ "${1:-all}" = all ]; then
  "$bin/coverage" combine -q
  check "coverage" "$bin/coverage" report --skip-covered
fi

if [ "${#failed[@]}" -gt 0 ]; then
  printf 'FAILED: %s\n' "$(IFS=,; echo "${failed[*]}")" >&2
  exit 1
fi
echo "All checks passed."
