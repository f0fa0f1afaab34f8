#!/usr/bin/env bash
# Every check and every test, each run even when an earlier one failed; exit 1 when any did.
#
#   tools/check.sh            all of it
#   tools/check.sh torture    only the tests, with more rounds (see COUNTER_APP_TORTURE in CONTRIBUTING.md)
set -uo pipefail
cd "$(dirname "$0")/.."
export QT_QPA_PLATFORM=offscreen PYTHONHASHSEED="${PYTHONHASHSEED:-random}" LC_ALL=C.UTF-8
export HYPOTHESIS_PROFILE="${HYPOTHESIS_PROFILE:-gate}"
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
# Side by side on two processors. What starts CUPS and service discovery is in one of the two: they are one a machine.
printing=tests/e2e/test_printing_day.py
mkdir -p build
"$bin/coverage" run -m pytest -p no:cacheprovider tests/e2e tests/unit --ignore="$printing" \
  >build/pytest-beside.log 2>&1 </dev/null &
beside=$!
check "pytest tests/integration tests/contracts tests/ui $printing" \
  "$bin/coverage" run -m pytest tests/integration tests/contracts tests/ui "$printing"
wait "$beside" || failed+=("pytest tests/e2e tests/unit")
echo "== pytest tests/e2e tests/unit"
cat build/pytest-beside.log
if [ "${1:-all}" = all ]; then
  "$bin/coverage" combine -q
  check "coverage" "$bin/coverage" report --skip-covered
fi

if [ "${#failed[@]}" -gt 0 ]; then
  printf 'FAILED: %s\n' "$(IFS=,; echo "${failed[*]}")" >&2
  exit 1
fi
echo "All checks passed."
