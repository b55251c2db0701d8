"""What becomes of settings when ours are laid over those of others, who keep what is theirs."""

from __future__ import annotations

from typing import Any

_KEYS = ("tool_id", "id", "name", "agent_id")
"""What says which element of a list is which."""


def merged(ours: object, theirs: object, last: object = None) -> object:
    """Ours, with what others added; what was ours at last and is no more, is taken away."""
    if isinstance(ours, dict) and isinstance(theirs, dict):
        before = last if isinstance(last, dict) else {}
        kept = {key: value for key, value in theirs.items() if key in ours or key not in before}
        laid = {key: merged(ours[key], kept.get(key), before.get(key)) for key in ours}
        return {**kept, **laid}
    if isinstance(ours, list) and isinstance(theirs, list):
        return _merged_lists(ours, theirs, last if isinstance(last, list) else [])
    return ours


def strayed(was: object, now: object, path: str = "") -> list[str]:
    """Where something of what was written is not so any more; what was added is nobody's fault."""
    if isinstance(was, dict) and isinstance(now, dict):
        return [
            one for key in was for one in strayed(was[key], now.get(key), _below(path, str(key)))
        ]
    if isinstance(was, list) and isinstance(now, list) and _named(was) and _named(now):
        there = {_name(one): one for one in now}
        return [
            stray
            for one in was
            for stray in strayed(one, there.get(_name(one)), f"{path}[{_name(one)}]")
        ]
    if isinstance(was, list) and isinstance(now, list) and was and _are_texts(was):
        return [f"{path}[{one}]" for one in was if one not in now]
    return [] if was == now else [path]


def differences(now: object, then: object, path: str = "") -> list[tuple[str, object, object]]:
    """Path, value now and value then, for each that differs."""
    if now == then:
        return []
    if isinstance(now, dict) and isinstance(then, dict):
        return [
            one
            for key in dict.fromkeys((*now, *then))
            for one in differences(now.get(key), then.get(key), _below(path, str(key)))
        ]
    if isinstance(now, list) and isinstance(then, list) and _named(now) and _named(then):
        before, after = ({_name(one): one for one in some} for some in (now, then))
        found = [
            one
            for name in dict.fromkeys((*before, *after))
            for one in differences(before.get(name), after.get(name), f"{path}[{name}]")
        ]
        return found or [(path, now, then)]
    return [(path, now, then)]


def _merged_lists(ours: list[Any], theirs: list[Any], last: list[Any]) -> list[Any]:
    if _are_texts(ours) and _are_texts(theirs):
        kept = [one for one in theirs if one in ours or one not in last]
        return [*kept, *(one for one in ours if one not in kept)]
    if not (_named(ours) and _named(theirs)):
        return ours
    mine = {_name(one): one for one in ours}
    before = {_name(one): one for one in last} if _named(last) else {}
    kept = [one for one in theirs if _name(one) in mine or _name(one) not in before]
    there = {_name(one) for one in kept}
    laid = [
        merged(mine[_name(one)], one, before.get(_name(one))) if _name(one) in mine else one
        for one in kept
    ]
    return [*laid, *(one for one in ours if _name(one) not in there)]


def _below(path: str, key: str) -> str:
    return f"{path}.{key}" if path else key


def _are_texts(some: list[Any]) -> bool:
    return all(isinstance(one, str) for one in some)


def _named(some: list[Any]) -> bool:
    return all(isinstance(one, dict) and _name(one) is not None for one in some)


def _name(one: dict[str, Any]) -> str | None:
    return next((str(one[key]) for key in _KEYS if key in one), None)
