"""Threads that decode a struct for the first time at once do not end the process."""

import subprocess
import sys

# Twelve structs in one, whose fields are names: msgspec runs Python code for each while it looks at the outer one.
_PROGRAM = """
import sys, threading, types
import msgspec
from counter_app.core.struct_types import prepare_structs

sys.setswitchinterval(1e-6)
INNER = "".join(f"class N{n}(msgspec.Struct):\\n    a: 'int' = 0\\n" for n in range(12))
OUTER = "class S(msgspec.Struct):\\n" + "".join(f"    f{n}: 'N{n} | None' = None\\n" for n in range(12))
data = msgspec.msgpack.encode({f"f{n}": {"a": n} for n in range(12)})

def decode(kind, ready):
    ready.wait()
    assert msgspec.msgpack.decode(data, type=kind).f11.a == 11

for place in range(300):
    module = types.ModuleType(f"made{place}")
    sys.modules[module.__name__] = module
    exec("import msgspec\\n" + INNER + OUTER, module.__dict__)
    prepare_structs()
    ready = threading.Barrier(4)
    threads = [threading.Thread(target=decode, args=(module.S, ready)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    del sys.modules[module.__name__], module
print("done")
"""


def test_threads_that_decode_a_struct_at_once_end_no_process_that_was_prepared() -> None:
    finished = subprocess.run([sys.executable, "-c", _PROGRAM], capture_output=True, text=True, check=False)

    assert (finished.returncode, finished.stdout.strip()) == (0, "done"), finished.stderr
