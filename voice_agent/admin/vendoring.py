"""Scripts and styles of others: which, of which version, under which licence, and unaltered.

`python -m voice_agent.admin.vendoring` fetches what `static/vendor/VENDOR.toml` names from the npm
registry, with npm's own client; a test holds the files to the hashes that are written down there.
"""

from __future__ import annotations

import base64
import hashlib
import subprocess
import sys
import tarfile
import tempfile
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Final

FOLDER: Final = Path(__file__).parent / "static" / "vendor"
LIST: Final = FOLDER / "VENDOR.toml"


@dataclass(frozen=True, slots=True, kw_only=True)
class Vendored:
    """One file of somebody else's."""

    file: str
    package: str
    version: str
    path: str
    """Inside the package."""
    licence: str
    integrity: str
    """As in HTML: sha384 of the file here, without its line that names a source map."""


def listed() -> tuple[Vendored, ...]:
    """What VENDOR.toml says."""
    said = tomllib.loads(LIST.read_text(encoding="utf-8"))
    return tuple(Vendored(file=file, **facts) for file, facts in said.items())


def integrity_of(content: bytes) -> str:
    """The hash of a file, as in HTML."""
    return "sha384-" + base64.b64encode(hashlib.sha384(content).digest()).decode()


def altered() -> list[str]:
    """Names of files that are not as they were fetched, or that nobody has listed."""
    known = {one.file: one for one in listed()}
    there = {path.name: path for path in FOLDER.iterdir() if path != LIST}
    missing = known.keys() - there.keys()
    strange = there.keys() - known.keys()
    wrong = {
        name
        for name in known.keys() & there.keys()
        if integrity_of(there[name].read_bytes()) != known[name].integrity
    }
    return sorted(missing | strange | wrong)


def fetch(one: Vendored) -> bytes:
    """The file as its package has it; without a source map, which nobody serves."""
    with tempfile.TemporaryDirectory() as folder:
        packed = subprocess.run(  # noqa: S603 - names from our own list
            ["npm", "pack", f"{one.package}@{one.version}", "--silent"],  # noqa: S607 - npm of the PATH
            cwd=folder,
            check=True,
            capture_output=True,
            text=True,
        )
        with tarfile.open(Path(folder) / packed.stdout.strip()) as archive:
            member = archive.extractfile(f"package/{one.path}")
            if member is None:
                raise FileNotFoundError(one.path)
            lines = member.read().split(b"\n")
    return b"\n".join(line for line in lines if b"# sourceMappingURL=" not in line)


def main() -> int:
    """Fetch everything; 1 when a file is not what its hash says."""
    wrong = False
    for one in listed():
        content = fetch(one)
        if integrity_of(content) != one.integrity:
            wrong = True
            sys.stderr.write(f"{one.file}: {integrity_of(content)} is not {one.integrity}\n")
            continue
        (FOLDER / one.file).write_bytes(content)
    return int(wrong)


if __name__ == "__main__":
    sys.exit(main())
