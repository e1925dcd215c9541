"""One heap for all threads, where the C library lets us."""

import platform
import subprocess
import sys


def test_glibc_takes_it_and_threads_work() -> None:
    program = (
        "import threading; from bot.operations.heap import use_one_heap; print(use_one_heap());"
        "t = threading.Thread(target=lambda: print(len(bytearray(10**7)))); t.start(); t.join()"
    )
    done = subprocess.run(  # noqa: S603 - our own words
        [sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=True
    )
    glibc = sys.platform == "linux" and platform.libc_ver()[0] == "glibc"
    assert done.stdout.split() == [str(glibc), "10000000"]
