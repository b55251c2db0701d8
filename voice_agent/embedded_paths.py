"""A short, plain way to a home whose own name sockets and shells cannot take."""

from __future__ import annotations

import re
import tempfile
from pathlib import Path

PLAIN = re.compile(r"[A-Za-z0-9_./+-]{1,65}")  # sockets end near 100, our names below a home at 32
NOTE = Path("run") / "way"


def way_to(home: Path) -> Path:
    """The home itself, or a link to it that stays the same while its servers run."""
    if PLAIN.fullmatch(str(home)):
        return home
    note = home / NOTE
    if note.exists() and Path(note.read_text()).is_symlink():
        return Path(note.read_text())
    folder = Path(tempfile.mkdtemp(prefix="voice-agent-"))
    folder.chmod(0o755)  # PostgreSQL's user goes through, too
    link = folder / "home"
    link.symlink_to(home)
    note.write_text(str(link))
    return link


def forget_way(home: Path) -> None:
    """Remove the link, if there is one."""
    note = home / NOTE
    if note.exists():
        link = Path(note.read_text())
        if link.is_symlink():
            link.unlink()
            link.parent.rmdir()
        note.unlink()
