"""`faq`: one command, whose subcommands each live in a file of this folder.

Subcommands are imported when they are called, so that `faq serve` never imports what only building needs.
"""

from __future__ import annotations

import errno
import importlib
import os
import sys
from contextlib import suppress
from typing import Final, TextIO

import click

from index.errors import CallerError, FaqError, GoldenWorse
from index.extras import missing

COMMANDS: Final = {
    "parse": "parse_file",
    "rebuild": "rebuild_index",
    "serve": "serve_api",
    "search": "search_query",
    "evaluate": "evaluate_search",
    "gaps": "find_gaps",
    "lint": "lint_collection",
    "demo-traffic": "generate_traffic",
    "benchmark": "benchmark_service",
    "preview": "preview_change",
    "snapshots": "manage_snapshots",
    "log": "manage_log",
}
EXIT_RUN_ERROR, EXIT_CALLER_ERROR, EXIT_GOLDEN_WORSE, EXIT_FINDINGS = 1, 2, 3, 4
EXIT_FAULT, EXIT_INTERRUPTED = 70, 130
TRACEBACK: Final = "FAQ_TRACEBACK"
_FULL: Final = frozenset((errno.ENOSPC, errno.EDQUOT, errno.EFBIG))


class _Lazy(click.Group):
    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 (click's signature)
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        if cmd_name not in COMMANDS:
            return None
        try:
            command: click.Command = importlib.import_module(f"scripts.{COMMANDS[cmd_name]}").command
        except ModuleNotFoundError as error:  # of what only some commands import, all is in one extra
            raise missing(str(error.name), extra="build") from None
        return command


@click.group(cls=_Lazy, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="faq-search", prog_name="faq")
def cli() -> None:
    """FAQ search: build an index from FAQ files and answer free-text questions from it."""


def run(command: click.Command) -> None:
    """Run a command as a program: errors that a person can act on become one message and an exit code.

    Exit codes: 0 done, 1 failed at run time, 2 the caller's mistake (as click's own usage errors), 3 not
    published because the golden set was answered worse, 4 something was found in a FAQ that has to be mended,
    70 a fault of this program, whose stack trace is shown where FAQ_TRACEBACK is set, 130 interrupted by
    Ctrl+C.
    """
    try:
        try:
            sys.exit(_main(command))
        except SystemExit:  # how every command ends that raises nothing else
            if sys.stdout is not None:
                sys.stdout.flush()  # here a failure can be told; as the interpreter ends it can't
            raise
    except FaqError as error:
        _tell(f"Error: {error}")
        sys.exit(_exit_code(error))
    except BrokenPipeError:  # the reader of our output went away, as `head` does
        _abandon(sys.stdout)
        sys.exit(EXIT_RUN_ERROR)
    except Exception as error:
        if isinstance(error, OSError) and error.errno in _FULL:
            _abandon(sys.stdout)
            _tell(f"Error: The output can't be written: {error.strerror}.")
            sys.exit(EXIT_RUN_ERROR)
        if os.environ.get(TRACEBACK):
            raise
        fault = f"{type(error).__name__}: {error}"
        _tell(f"Error: a fault of this program, not of yours: {fault}")
        _tell(f"Please report it with what {TRACEBACK}=1 prints.")
        sys.exit(EXIT_FAULT)


def _main(command: click.Command) -> int:
    """Run a command; the exit code of one that ends by itself, is used wrongly, or is interrupted."""
    try:
        code = command.main(prog_name="faq" if command is cli else None, standalone_mode=False)
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except click.Abort as error:
        if isinstance(error.__cause__, EOFError):  # no command asks anything, so nobody ended its input
            raise error.__cause__ from None
        _tell("Interrupted.")
        return EXIT_INTERRUPTED
    return code if isinstance(code, int) else 0


def _exit_code(error: FaqError) -> int:
    if isinstance(error, GoldenWorse):
        return EXIT_GOLDEN_WORSE
    return EXIT_CALLER_ERROR if isinstance(error, CallerError) else EXIT_RUN_ERROR


def _tell(message: str) -> None:
    """Say why the program ends; the exit code says it too, where nobody can be told."""
    try:
        click.echo(message, err=True)
    except OSError:
        _abandon(sys.stderr)


def _abandon(stream: TextIO | None) -> None:
    """Let what a stream still holds go nowhere: the interpreter would write it at its end, and complain."""
    if stream is None:
        return
    with suppress(OSError, ValueError):  # closed, or no stream of the system's
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, stream.fileno())
        os.close(nowhere)


def main() -> None:
    """Entry point of the `faq` program."""
    run(cli)
