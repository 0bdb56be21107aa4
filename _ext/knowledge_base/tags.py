"""The registry of tags: ``tags.yaml``, one mapping of id to label and aliases.

Pure but for reading the file. An id is also the address of the tag's page, so two ids that
differ only in case would share one.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import yaml

from .problems import Kind, Problem

if TYPE_CHECKING:
    from collections.abc import Iterator

_ID = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")


@dataclass(frozen=True, slots=True, kw_only=True)
class Tag:
    """A tag: its id, how readers see it, and other names an author may write."""

    id: str
    label: str
    aliases: tuple[str, ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        return (self.id, self.label, *self.aliases)


def resolve(tags: tuple[Tag, ...], name: str) -> Tag | None:
    """Return the tag that ``name`` (an id, label or alias, in any case) stands for."""
    return next((t for t in tags if name.lower() in {n.lower() for n in t.names}), None)


def parse(text: str) -> tuple[tuple[Tag, ...], tuple[Problem, ...]]:
    """Read the registry; what is wrong is left out and reported with its line."""
    problems: list[Problem] = []
    tags: list[Tag] = []
    taken: dict[str, str] = {}
    for line, entry in _entries(text):
        if isinstance(entry, str):
            problems.append(Problem(line=line, kind=Kind.TAG_REGISTRY, message=entry))
            continue
        clash = {n.lower(): taken[n.lower()] for n in entry.names if n.lower() in taken}
        if clash:
            name, other = next(iter(clash.items()))
            message = f'the tags "{entry.id}" and "{other}" share the name "{name}"; rename one'
            problems.append(Problem(line=line, kind=Kind.TAG_REGISTRY, message=message))
        else:
            taken |= {name.lower(): entry.id for name in entry.names}
            tags.append(entry)
    return tuple(tags), tuple(problems)


def _entries(text: str) -> Iterator[tuple[int, Tag | str]]:
    """Yield the line of each entry with the tag, or with what is wrong."""
    try:
        root = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        yield (
            (mark.line + 1 if mark else 1),
            f"the registry is not YAML: {error}".split("\n")[0],
        )
        return
    except (OverflowError, RecursionError, ValueError):  # "\UFFFFFFFF", or [[[[…
        yield 1, "the registry is not YAML that a person would write; correct it"
        return
    if root is None:
        return
    if not isinstance(root, yaml.MappingNode):
        yield 1, "the registry must map ids to {label: …, aliases: […]}"
        return
    for key, value in root.value:
        yield key.start_mark.line + 1, _entry(str(key.value), value)


def _entry(name: str, node: yaml.Node) -> Tag | str:
    if not _ID.fullmatch(name):
        return f'the tag id "{name}" must be lower-case ASCII letters, digits and hyphens'
    fields = {"label": "", "aliases": ()}
    for key, value in node.value if isinstance(node, yaml.MappingNode) else ():
        if str(key.value) not in fields:
            return f'the tag "{name}" has an unknown key "{key.value}"; use label and aliases'
        fields[key.value] = _strings(value)
    label = fields["label"]
    if not label or not isinstance(label, str) or not isinstance(fields["aliases"], tuple):
        return f'the tag "{name}" needs {{label: text, aliases: [text, …]}}'
    return Tag(id=name, label=label, aliases=fields["aliases"])


def _strings(node: yaml.Node) -> str | tuple[str, ...]:
    if isinstance(node, yaml.ScalarNode):
        return str(node.value)
    return tuple(str(item.value) for item in node.value if isinstance(item, yaml.ScalarNode))
