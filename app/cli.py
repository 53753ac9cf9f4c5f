"""The command line `banjian`. Commands are loaded when they are called, so that a date is answered at once."""

import importlib
import sys

import click

COMMANDS = {
    "deadline": "app.cli_deadline:deadline",
    "diagram": "app.cli_diagram:diagram",
    "holidays": "app.cli_holidays:holidays",
    "programme": "app.cli_programme:programme",
    "clauses": "app.cli_clauses:clauses",
    "serve": "app.cli_run:serve",
    "worker": "app.cli_run:worker",
    "migrate": "app.cli_run:migrate",
    "check": "app.cli_run:check",
    "seal": "app.cli_run:seal",
    "admin": "app.cli_run:admin",
    "words": "app.cli_run:words",
    "demo": "app.cli_demo:demo",
    "simulate": "app.cli_simulate:simulate",
    "backup": "app.cli_backup:backup",
    "restore": "app.cli_backup:restore",
}


class Commands(click.Group):
    """A group whose commands are imported on use."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted(COMMANDS)

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        if name not in COMMANDS:
            return None
        module, attribute = COMMANDS[name].split(":")
        return getattr(importlib.import_module(module), attribute)


@click.command(cls=Commands)
def banjian() -> None:
    """办件：中小企业服务机构认定办理系统。"""


def main() -> None:
    """Entry point. An error that a user can mend is one line, never a trace."""
    from app.config import Misconfigured
    from app.errors import BanjianError

    try:
        banjian()
    except (BanjianError, Misconfigured) as error:
        click.echo(str(error), err=True)
        sys.exit(2)


if __name__ == "__main__":
    main()
