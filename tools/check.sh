#!/usr/bin/env bash
# Every check and every test, each run even when an earlier one failed; exit 1 when any did.
#
#   tools/check.sh            all of it
#   tools/check.sh coverage   only the tests, and how much of the code they reach
#   tools/check.sh torture    only the tests, with more rounds (see COUNTER_APP_TORTURE in CONTRIBUTING.md)
set -uo pipefail
cd "$(dirname "$0")/.."
export QT_QPA_PLATFORM=offscreen PYTHONHASHSEED="${PYTHONHASHSEED:-random}" LC_ALL=C.UTF-8
export HYPOTHESIS_PROFILE="${HYPOTHESIS_PROFILE:-gate}"
bin=.venv/bin
failed=()
what="${1:-all}"
# Counting what is reached makes the tests take a third longer: it has a target of its own.
pytest=("$bin/python" -m pytest)
[ "$what" != coverage ] || pytest=("$bin/coverage" run -m pytest)

check() {
  local name="$1"
  shift
  printf '== %s\n' "$name"
  "$@" </dev/null || failed+=("$name")
}

check_sources() {
  check "ruff check" "$bin/ruff" check -q .
  check "ruff format" "$bin/ruff" format --check -q .
  check "mypy" "$bin/mypy"
  check "import-linter" "$bin/lint-imports"
  check "codespell" "$bin/codespell"
}

# Side by side on two processors. What starts CUPS and service discovery is in one of the two: they are one a machine.
printing=tests/e2e/test_printing_day.py
check_beside() {
  [ "$what" != all ] || check_sources
  check "pytest tests/e2e tests/ui tests/unit" \
    "${pytest[@]}" -p no:cacheprovider tests/e2e tests/ui tests/unit --ignore="$printing"
  [ "${#failed[@]}" -eq 0 ] || (IFS=,; printf '%s' "${failed[*]}" >build/failed-beside)
}

mkdir -p build
rm -f .coverage .coverage.* build/failed-beside
check_beside >build/checks-beside.log 2>&1 </dev/null &
beside=$!
check "pytest tests/integration tests/contracts $printing" "${pytest[@]}" tests/integration tests/contracts "$printing"
wait "$beside" || failed+=("checks beside")
cat build/checks-beside.log
[ ! -f build/failed-beside ] || failed+=("$(cat build/failed-beside)")
if [ "$what" = coverage ]; then
  "$bin/coverage" combine -q
  check "coverage" "$bin/coverage" report --skip-covered
fi

if [ "${#failed[@]}" -gt 0 ]; then
  printf 'FAILED: %s\n' "$(IFS=,; echo "${failed[*]}")" >&2
  exit 1
fi
echo "All checks passed."
