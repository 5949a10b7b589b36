"""Runs the soak test: `python -m tests.soak --minutes 60 --rate 500`."""

from __future__ import annotations

import argparse
import shutil
import signal
import sys
from pathlib import Path

from tests.soak import final_checks, plot, report
from tests.soak.judge import judge
from tests.soak.options import Options
from tests.soak.run import SAMPLES, Outcome, SiteError, run
from tests.soak.samples import read, series_of

REPORT, PNG = "report.txt", "soak.png"


def main() -> int:
    """Returns 0 if all limits and checks hold, 1 if any does not, 2 if the run cannot start."""
    arguments = _arguments()
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    directory: Path = arguments.directory.resolve()
    try:
        if arguments.judge:
            return conclude(Options.read(directory), directory, Outcome(), keep=True)
        options = _options(arguments)
        _tidy(directory)
        try:
            outcome = run(options, directory)
        except (SiteError, KeyboardInterrupt) as error:
            why = str(error) or "it was interrupted"
            outcome = Outcome([final_checks.Check("the run was completed", False, why)])
        return conclude(options, directory, outcome)
    except OSError as error:
        print(f"soak: {error}", file=sys.stderr)
        return 2


def conclude(options: Options, directory: Path, outcome: Outcome, *, keep: bool = False) -> int:
    """Judges the samples in `directory`, writes report and chart, and returns the exit code.

    With `keep`, an existing report is not replaced: it has the checks from the end of the run.
    """
    file = directory / SAMPLES
    series = series_of(read(file)) if file.exists() else {}
    verdicts = judge(series, options.terms)
    if series:
        outcome.checks.append(final_checks.lived(series))
    title = (
        f"Soak of {options.minutes:g} minutes at {options.rate:g} events per second, "
        f"{options.viewers} viewers; maintenance every {options.maintenance_seconds:.0f} s, "
        f"snapshots kept {options.keep_seconds:.0f} s, warm-up {options.warm_up_seconds:.0f} s"
    )
    text = report.text(title, verdicts, outcome.checks, outcome.notes)
    if not (keep and (directory / REPORT).exists()):
        (directory / REPORT).write_text(text, "utf-8")
    print(text)
    if series:
        plot.draw(series, directory / PNG, title=title, warm_up=options.warm_up_seconds)
        print(f"{directory / REPORT}\n{directory / PNG}")
    wrong = any(verdict.wrong for verdict in verdicts) or final_checks.failed(outcome.checks)
    return 1 if wrong or not series else 0


def _options(arguments: argparse.Namespace) -> Options:
    return Options(
        minutes=arguments.minutes,
        rate=arguments.rate,
        viewers=arguments.viewers,
        broker="embedded" if arguments.embedded else arguments.broker,
        maintenance=arguments.maintenance_seconds,
        keep_snapshots=arguments.keep_snapshots_seconds,
        warm_up=arguments.warm_up_seconds,
    )


def _tidy(directory: Path) -> None:
    """Removes the files of an earlier run, and nothing else."""
    shutil.rmtree(directory / "logs", ignore_errors=True)
    for name in (SAMPLES, REPORT, PNG):
        (directory / name).unlink(missing_ok=True)


def _arguments() -> argparse.Namespace:
    default = Options()
    parser = argparse.ArgumentParser(
        prog="python -m tests.soak",
        description="Run the whole stack under load, and fail if any resource keeps growing.",
    )
    parser.add_argument("--minutes", type=float, default=default.minutes)
    parser.add_argument("--rate", type=float, default=default.rate, help="events per second")
    parser.add_argument(
        "--viewers", type=int, default=default.viewers, help="open sessions of the dashboard"
    )
    parser.add_argument(
        "--broker",
        choices=("auto", "apache", "embedded"),
        default=default.broker,
        help="auto: Apache Kafka if Java and Maven are installed, otherwise the embedded broker",
    )
    parser.add_argument("--embedded", action="store_true", help="the same as --broker embedded")
    for name, help_ in (
        ("maintenance", "seconds between two rounds of maintenance"),
        ("keep-snapshots", "seconds for which snapshots are kept"),
        ("warm-up", "seconds at the start that are not judged"),
    ):
        parser.add_argument(
            f"--{name}-seconds", type=float, help=f"{help_}; default: depends on --minutes"
        )
    parser.add_argument("--directory", type=Path, default=Path(".soak"), help="folder for results")
    parser.add_argument(
        "--judge", action="store_true", help="only judge the samples of an earlier run"
    )
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
