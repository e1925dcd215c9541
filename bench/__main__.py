"""`python -m bench`: run the measurements, print a table, write `bench/results.json`.

python -m bench [--only NAME] [--small] [--output FILE]
"""

import argparse
import importlib
import inspect
import json
import os
import pkgutil
import platform
import sys
import time
import traceback
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import ModuleType
from typing import Any, Final

import bench
from bench.rows import Row, Size, as_dicts
from bot.clock import SystemClock

RESULTS: Final = Path(__file__).with_name("results.json")

Measurement = Callable[[Size], Sequence[Row | Mapping[str, Any]]]


def measurements(package: ModuleType = bench) -> dict[str, Measurement]:
    """Return what every module of the package measures, by its NAME (or the module's own).

    One that cannot be imported is a measurement that fails.
    """
    found: dict[str, Measurement] = {}
    for info in pkgutil.iter_modules(package.__path__):
        if info.name.startswith("_") or info.ispkg:
            continue
        try:
            module = importlib.import_module(f"{package.__name__}.{info.name}")
        except Exception as error:  # noqa: BLE001 - as in `measure`
            found[info.name] = _failing(error)
            continue
        run = getattr(module, "run", None)
        if callable(run):
            found[getattr(module, "NAME", info.name)] = sized(run)
    return found


def _failing(error: Exception) -> Measurement:
    def run(_size: Size) -> Sequence[Row]:
        raise error

    return run


def sized(run: Callable[..., Any]) -> Measurement:
    """Return a `run` that takes a size, whether or not the module's own asks for one."""
    if inspect.signature(run).parameters:
        return run
    return lambda _size: run()


def measure(chosen: Mapping[str, Measurement], size: Size) -> dict[str, Any]:
    """Run the measurements one after the other; one that fails is named and holds up no other."""
    rows: list[dict[str, Any]] = []
    notes: dict[str, str] = {}
    failed: dict[str, str] = {}
    for name, run in chosen.items():
        begun = time.perf_counter()
        print(f"{name} …", file=sys.stderr, flush=True)
        try:
            made = list(run(size))
            rows += as_dicts(made)
        except Exception as error:  # noqa: BLE001 - whatever it was, the others are still wanted
            traceback.print_exc()
            failed[name] = f"{type(error).__name__}: {error}"
            continue
        except KeyboardInterrupt:  # what is known by now is still worth writing
            failed |= dict.fromkeys(list(chosen)[list(chosen).index(name) :], "stopped")
            break
        notes |= {row.name: row.remark() for row in made if isinstance(row, Row) and row.remark()}
        print(f"{name}: {time.perf_counter() - begun:.1f} s", file=sys.stderr, flush=True)
    return {"rows": rows, "notes": notes, "failed": failed}


def machine() -> dict[str, Any]:
    """Say what was measured on; `load` is that of the last minute, before anything was begun."""
    return {
        "cpus": os.cpu_count(),
        "python": platform.python_version(),
        "system": platform.platform(),
        "load": round(os.getloadavg()[0], 2) if hasattr(os, "getloadavg") else None,
    }


def table(results: Mapping[str, Any]) -> str:
    """Return the results for people."""
    heading = ("", "ours", "baseline", "ratio", "unit", "target", "met")
    met = {True: "yes", False: "NO", None: ""}
    lines = [heading] + [
        (
            row["name"],
            _figure(row["ours"]),
            _figure(row["baseline"]),
            _figure(row["ratio"]),
            row["unit"] or "",
            row["target"] or "",
            met[row["met"]],
        )
        for row in results["rows"]
    ]
    widths = [max(len(line[column]) for line in lines) for column in range(len(heading))]
    shown = ["  ".join(_padded(cell, width, column) for column, (cell, width) in enumerate(zip(line, widths, strict=True))).rstrip() for line in lines]  # fmt: skip
    shown += [f"* {name}: {note}" for name, note in results["notes"].items()]
    shown += [f"! {name} failed: {words}" for name, words in results["failed"].items()]
    return "\n".join(shown)


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, print, write; 1 where a measurement failed. A target that is not met is a finding, no failure."""
    parser = argparse.ArgumentParser(prog="python -m bench", description="What Cohort costs.")
    parser.add_argument("--only", action="append", default=[], metavar="NAME", help="may be given again")
    parser.add_argument("--small", action="store_true", help="a quick look: the figures mean little")
    parser.add_argument("--output", type=Path, default=RESULTS, metavar="FILE")
    options = parser.parse_args(arguments)
    known = measurements()
    if unknown := [name for name in options.only if name not in known]:
        parser.error(f"no such measurement: {', '.join(unknown)}; there are {', '.join(known)}")
    chosen = {name: run for name, run in known.items() if not options.only or name in options.only}
    size = Size.SMALL if options.small else Size.FULL
    where, when = machine(), SystemClock().now().isoformat(timespec="seconds")
    results = measure(chosen, size) | {"machine": where, "taken_at": when, "size": size}
    options.output.write_text(json.dumps(results, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    print(table(results))
    return 1 if results["failed"] else 0


def _figure(value: Any) -> str:
    return "" if value is None else f"{value:,.4g}" if abs(value) < 1000 else f"{value:,.0f}"


def _padded(cell: str, width: int, column: int) -> str:
    return cell.rjust(width) if column in {1, 2, 3} else cell.ljust(width)


if __name__ == "__main__":
    sys.exit(main())
