"""`supportbot communities import`: hubs from files of deployments, for communities.yaml."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from supportbot.entrypoints.cli.arguments import as_json as json_option
from supportbot.entrypoints.cli.faults import BadInput
from supportbot.entrypoints.cli.output import Json, print_json, print_text, shown

if TYPE_CHECKING:
    from supportbot.adapters.playbook_files.cluster_files import Deployments
    from supportbot.adapters.playbook_files.cluster_import import Differs, Entry
    from supportbot.adapters.playbook_files.cluster_text import Added
    from supportbot.adapters.playbook_files.faults import Fault
    from supportbot.adapters.playbook_files.tree import Document

_LARGEST = 2 * 1024 * 1024


@click.group(short_help="Bring communities and their hubs in from elsewhere.")
def communities() -> None:
    """Bring communities and their hubs in from elsewhere."""


@communities.command(name="import")
@click.argument("folder", type=click.Path(path_type=Path, exists=True, file_okay=False))
@click.option(
    "--into",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    metavar="FILE",
    help="A communities.yaml: add what is missing in it, and say what differs.",
)
@json_option
@click.pass_context
def import_clusters(ctx: click.Context, folder: Path, into: Path | None, as_json: bool) -> None:
    """The hubs of the clusters in FOLDER, as YAML for communities.yaml.

    Reads NAME/cluster.yaml, NAME.cluster.yaml and NAME.yaml with `name`, `provider` and `hubs`
    (each with `name`, `domain`, `display_name`). Who may ask for a community is left to a person.
    The status is 1 when a file has a fault; the others are read all the same.
    """
    from supportbot.adapters.playbook_files.cluster_files import read_deployments
    from supportbot.adapters.playbook_files.cluster_import import plan
    from supportbot.adapters.playbook_files.cluster_text import as_yaml

    try:
        found = read_deployments(folder)
    except OSError as error:
        raise BadInput(f"{folder} cannot be read: {error.strerror or error}.") from None
    if into is None:
        planned = plan(found.hubs)
        if as_json:
            print_json({"communities": _entries(planned.entries), **_faults(found)})
        else:
            print_text(as_yaml(planned.entries, found.providers).rstrip("\n"))
    else:
        _add(found, into, as_json)
    if not as_json:
        for fault in found.faults:
            click.echo(shown(str(fault)), err=True)
    if found.faults:
        ctx.exit(1)


def _add(found: Deployments, file: Path, as_json: bool) -> None:
    from supportbot.adapters.playbook_files.cluster_import import plan
    from supportbot.adapters.playbook_files.cluster_text import as_yaml, into

    text, document = _file(file)
    planned = plan(found.hubs, document)
    done = into(file.name, text, document, planned.entries)
    if done.added:
        _write(file, text, done.text)
    if as_json:
        said: Json = {
            "added": _entries(done.added),
            "left": _entries(done.left),
            "differs": [_differs(one) for one in planned.differs],
        }
        print_json({**said, **_faults(found)})
        return
    print_text("\n".join(_told(file, done, planned.differs)))
    if done.left:
        print_text("\n" + as_yaml(done.left, {}).rstrip("\n"))


def _told(file: Path, done: Added, differs: Sequence[Differs]) -> list[str]:
    lines = [
        f"{file}: added {entry.key}/{key}, {hub.url} on {hub.cluster}."
        for entry in done.added
        for key, hub in entry.hubs.items()
    ]
    lines += [
        f"{file}: {one.hub} runs on {one.written} here, on {one.deployed} by {one.file}:{one.line}:"
        " left as it is."
        for one in differs
    ]
    if done.left:
        lines.append(f"{file}: what follows fits between no lines of it; put it in by hand.")
    return lines or [f"{file}: every hub is in it already."]


def _file(path: Path) -> tuple[str, Document]:
    """The file and its tree. Raises BadInput: what cannot be read is not written to."""
    from supportbot.adapters.playbook_files.faults import Fault
    from supportbot.adapters.playbook_files.tree import read

    try:
        with path.open("rb") as opened:
            content = opened.read(_LARGEST + 1)
        text = content.decode("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise BadInput(f"{path} cannot be read: {error}.") from None
    if len(content) > _LARGEST:
        raise BadInput(f"{path} is larger than {_LARGEST // 1024} KiB.")
    document = read(path.name, text)
    if isinstance(document, Fault) or document.faults:
        fault = document if isinstance(document, Fault) else document.faults[0]
        raise BadInput(f"mend this first: {fault}")
    return text, document


def _write(path: Path, before: str, after: str) -> None:
    """In one go, and only onto what was read: somebody may have the file open."""
    real = path.resolve()
    fresh = real.with_name(f".{real.name}.{os.getpid()}.new")
    try:
        if real.read_bytes() != before.encode():
            raise BadInput(f"{path} was changed meanwhile: nothing is written.")
        fresh.write_bytes(after.encode())
        fresh.chmod(real.stat().st_mode & 0o777)
        fresh.replace(real)
    except OSError as error:
        raise BadInput(f"{path} cannot be written: {error.strerror or error}.") from None
    finally:
        fresh.unlink(missing_ok=True)


def _entries(entries: Sequence[Entry]) -> Json:
    return {
        entry.key: {
            "name": entry.name,
            "hubs": {
                key: {"url": hub.url, "cluster": hub.cluster} for key, hub in entry.hubs.items()
            },
        }
        for entry in entries
    }


def _differs(one: Differs) -> Json:
    return {name: getattr(one, name) for name in ("hub", "file", "line", "written", "deployed")}


def _faults(found: Deployments) -> Json:
    return {"providers": found.providers, "faults": [_fault(fault) for fault in found.faults]}


def _fault(fault: Fault) -> Json:
    return {name: getattr(fault, name) for name in ("file", "line", "column", "message", "mend")}
