#!/usr/bin/env python3
"""Write contracts/schemas/: a JSON Schema per event, the envelope, and asyncapi.yaml.

`--check` writes nothing, prints what differs from the frozen files and exits 1 if anything does.
Without it a schema that a reader of its version could trip over is not overwritten, nor one removed
that messages may still name; for those a new version of the event is needed.
"""

import argparse
import difflib
import json
import sys
from pathlib import Path

from schema_tools.asyncapi import document
from schema_tools.compatibility import breaks
from schema_tools.schemas import documents, text

SCHEMAS = Path(__file__).parent / "schemas"


def wanted() -> dict[str, str]:
    """Give the content every file in the folder must have, by its name."""
    files = {f"{name}.json": text(schema) for name, schema in documents().items()}
    return files | {"asyncapi.yaml": document()}


def frozen(folder: Path) -> dict[str, str]:
    """Read the files that are there."""
    return {path.name: path.read_text("utf-8") for path in sorted(folder.glob("*.*"))}


def difference(old: dict[str, str], new: dict[str, str]) -> str:
    """Show what would change, as a unified diff."""
    lines: list[str] = []
    for name in sorted(set(old) | set(new)):
        before, after = old.get(name, ""), new.get(name, "")
        lines += difflib.unified_diff(
            before.splitlines(keepends=True),
            after.splitlines(keepends=True),
            f"frozen/{name}",
            f"generated/{name}",
        )
    return "".join(lines)


def refusals(old: dict[str, str], new: dict[str, str]) -> list[str]:
    """List the changes that need a new version of their event."""
    found: list[str] = []
    for name in sorted(name for name in old if name.endswith(".json")):
        if name not in new:
            found.append(f"{name}: removed; messages of this version may still be on their way")
        else:
            lines = breaks(json.loads(old[name]), json.loads(new[name]))
            found += [f"{name}{line}" for line in lines]
    return found


def main(arguments: list[str] | None = None, folder: Path = SCHEMAS) -> int:
    """Write or check the folder; 1 when it differs (`--check`) or a change was refused."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing, exit 1 on a diff")
    check = parser.parse_args(arguments).check
    old, new = frozen(folder), wanted()
    if check:
        sys.stdout.write(difference(old, new))
        return int(old != new)
    if refused := refusals(old, new):
        sys.stderr.write("needs a new version:\n" + "".join(f"  {line}\n" for line in refused))
        return 1
    folder.mkdir(exist_ok=True)
    for name, content in new.items():
        (folder / name).write_text(content, "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
