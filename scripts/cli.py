"""`faq`: one command, whose subcommands each live in a file of this folder.

Subcommands are imported when they are called, so that `faq serve` never imports what only building needs.
"""

from __future__ import annotations

import importlib
import os
import sys
from typing import Final

import click

from index.errors import CallerError, FaqError
from index.extras import missing

COMMANDS: Final = {
    "parse": "parse_file",
    "rebuild": "rebuild_index",
    "serve": "serve_api",
    "search": "search_query",
    "benchmark": "benchmark_service",
    "snapshots": "manage_snapshots",
}
EXIT_RUN_ERROR, EXIT_CALLER_ERROR, EXIT_FAULT = 1, 2, 70
TRACEBACK: Final = "FAQ_TRACEBACK"


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

    Exit codes: 0 done, 1 failed at run time, 2 the caller's mistake (as click's own usage errors), 70 a fault
    of this program, whose stack trace is shown where FAQ_TRACEBACK is set.
    """
    try:
        command.main(prog_name="faq" if command is cli else None, standalone_mode=True)
    except FaqError as error:
        click.echo(f"Error: {error}", err=True)
        sys.exit(EXIT_CALLER_ERROR if isinstance(error, CallerError) else EXIT_RUN_ERROR)
    except BrokenPipeError:  # the reader of our output went away, as `head` does
        sys.stderr.close()
        sys.exit(EXIT_RUN_ERROR)
    except Exception as error:
        if os.environ.get(TRACEBACK):
            raise
        fault = f"{type(error).__name__}: {error}"
        click.echo(f"Error: a fault of this program, not of yours: {fault}", err=True)
        click.echo(f"Please report it with what {TRACEBACK}=1 prints.", err=True)
        sys.exit(EXIT_FAULT)


def main() -> None:
    """Entry point of the `faq` program."""
    run(cli)
