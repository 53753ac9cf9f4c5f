"""`python -m tests.bench [--quick] [--only NAME]`: prints every figure of docs/performance.md as it is here and now."""

import argparse
import logging
import os
import platform
import sys
import tempfile
import time
from pathlib import Path

from app import clock
from tests.bench import completions, lists, others, recompute, reminders, reports, simulate, workers
from tests.bench.scene import lay_out
from tests.bench.stores import Postgresql, Sqlite
from tests.bench.table import verdict

MEASUREMENTS = {
    "completion": completions.measure,
    "size": completions.measure_size,
    "timers": others.measure_timers,
    "workers": workers.measure,
    "lists": lists.measure,
    "reminders": reminders.measure_reminders,
    "pages": others.measure_pages,
    "memory": others.measure_memory,
    "deadline": others.measure_deadline,
    "recompute": recompute.measure,
    "reports": reports.measure,
    "simulate": simulate.measure,
}


def main() -> None:
    """Measure and print; exits with 1 where PostgreSQL isn't there, and never because a figure is poor."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="fewer rounds and rows, two minutes")
    parser.add_argument("--only", choices=MEASUREMENTS, help="one measurement")
    chosen = parser.parse_args()
    logging.disable(logging.INFO)
    begun, tables = time.perf_counter(), []
    print(_machine(), flush=True)
    postgresql = Postgresql()
    if not postgresql.is_there():
        sys.exit("no PostgreSQL: set TEST_POSTGRES_URL to a server on which databases may be made")
    with tempfile.TemporaryDirectory(prefix="banjian-bench-") as folder:
        try:
            scenes = [lay_out(store) for store in (Sqlite(Path(folder)), postgresql)]
            for name, measure in MEASUREMENTS.items():
                if chosen.only in (None, name):
                    tables.append(measure(scenes, Path(folder), quick=chosen.quick))
                    print(tables[-1].as_text(), flush=True)
        finally:
            postgresql.close()
    print(f"{verdict(tables)}; {time.perf_counter() - begun:.0f} s{', quick' if chosen.quick else ''}")


def _machine() -> str:
    load = ", ".join(f"{x:.1f}" for x in os.getloadavg())
    return (f"{clock.local(clock.real()):%Y-%m-%d %H:%M}, Python {platform.python_version()}, {os.cpu_count()} cores, "
            f"load {load}\nmedian (least-most); ratios are taken round by round\n")


if __name__ == "__main__":
    main()
