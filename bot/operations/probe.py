"""Asks this machine's Cohort whether it is well; exits with 0 or 1. For a container's health check.

Nothing but the standard library: it runs every half minute.
"""

import os
import sys
import urllib.error
import urllib.request


def main() -> int:
    """Print the answer and return the exit status; a process that is still starting counts as not well."""
    host = os.environ.get("COHORT_HTTP_HOST") or "127.0.0.1"
    host = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(host, host)  # noqa: S104 - it is compared, not bound
    port = os.environ.get("COHORT_HTTP_PORT") or "8790"
    if port == "0":
        sys.stdout.write("COHORT_HTTP_PORT is 0: there is nothing to ask.\n")
        return 0
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(f"http://{host}:{port}/healthz", timeout=8) as answer:
            sys.stdout.write(answer.read(4096).decode() + "\n")
            return 0
    except urllib.error.HTTPError as answer:
        sys.stdout.write(answer.read(4096).decode() + "\n")
    except OSError as error:
        sys.stdout.write(f"no answer on port {port} ({type(error).__name__})\n")
    return 1


if __name__ == "__main__":
    sys.exit(main())
