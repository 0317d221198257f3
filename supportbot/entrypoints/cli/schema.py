"""`supportbot schema`: what may stand in the files of the playbooks, as editors understand it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path, PurePath

import click

from supportbot.entrypoints.cli.faults import BadInput, nearest
from supportbot.entrypoints.cli.output import print_json, table

_LONGEST_LINE = 1000


@click.command(short_help="JSON Schemas of the playbooks' files, for editors.")
@click.argument("file", required=False)
@click.option(
    "--write",
    "folder",
    type=click.Path(file_okay=False, path_type=Path),
    metavar="DIR",
    help="Write every schema into this folder, such as playbooks/.schema.",
)
def schema(file: str | None, folder: Path | None) -> None:
    """Print the JSON Schema (2020-12) of FILE: a file of the playbooks, or a kind such as rules.

    Without FILE the kinds are listed. An editor that knows YAML checks a file while one writes,
    where its first line says where the schema is:

    \b
      # yaml-language-server: $schema=.schema/people.json
    """
    from supportbot.adapters.playbook_files.schema import files_of, kinds, schema_of

    if file is not None and folder is not None:
        raise BadInput("--write writes every schema: leave out FILE.")
    if file is not None:
        print_json(schema_of(_kind(file, kinds())))
    elif folder is not None:
        _write(folder)
    else:
        rows = [("KIND", "OF"), *((kind, files_of(kind)) for kind in kinds())]
        click.echo(table(rows))


def _kind(file: str, kinds: tuple[str, ...]) -> str:
    path = PurePath(file)
    for said in (file, path.stem, path.parent.name):
        if said in kinds:
            return said
    mend = nearest(path.stem, list(kinds), "kinds")
    raise BadInput(f"{file[:60]!r} is no file of the playbooks: {mend}.")


def _write(folder: Path) -> None:
    from supportbot.adapters.playbook_files.schema import texts

    try:
        folder.mkdir(parents=True, exist_ok=True)
        changed = [name for name, text in texts().items() if _put(folder / name, text)]
        missing = list(_without_hint(folder))
    except OSError as error:
        raise BadInput(f"{folder} cannot be written: {error.strerror or error}.") from None
    click.echo(f"{folder}: {', '.join(changed) if changed else 'nothing'} changed.")
    for file, line in missing:
        click.echo(f"For editors, begin {file} with the line `{line}`.")


def _without_hint(schemas: Path) -> Iterator[tuple[Path, str]]:
    """The files of the playbooks around the folder of schemas that do not name theirs, and how."""
    from supportbot.adapters.playbook_files.schema import hint, kinds

    playbooks = schemas.absolute().parent
    if not (playbooks / "people.yaml").is_file():
        return
    single, several = ([f"{kind}.yaml" for kind in kinds()], [f"{kind}/*.yaml" for kind in kinds()])
    for path in sorted(path for name in (*single, *several) for path in playbooks.glob(name)):
        line = hint(path.relative_to(playbooks).as_posix(), schemas.name)
        with path.open(encoding="utf-8", errors="replace") as text:
            if text.readline(_LONGEST_LINE).strip() != line:
                yield schemas.parent / path.relative_to(playbooks), line


def _put(file: Path, text: str) -> bool:
    """Write a file; False when it says so already."""
    if file.is_file() and file.read_text(encoding="utf-8", errors="replace") == text:
        return False
    file.write_text(text, encoding="utf-8")
    return True
