"""Salon files that come with the package."""

from __future__ import annotations

from importlib.resources import files


def salon_text(name: str) -> str:
    """The salon file of this name, such as `friseur1`."""
    return files(__name__).joinpath(f"{name}.yaml").read_text(encoding="utf-8")
