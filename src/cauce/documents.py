"""Frozen documents: YAML in, deep-frozen values out, and every mistake with its line.

A `Document` is a pydantic model that nobody can edit: fields are scalars, tuples, and further documents;
a YAML map of free keys becomes a sorted tuple of pairs (`Pairs`).  `read_yaml` keeps the line of every
node, so that a mistake found late still points at its place.  `Document.sha256` is the hash of the
canonical JSON: same meaning, same hash, whatever the order and comments of the file.
"""

from __future__ import annotations

import hashlib
import json
from math import isfinite
from pathlib import Path
from typing import Annotated, Any, Self, TypeVar

import yaml
from pydantic import BaseModel, BeforeValidator, ConfigDict, ValidationError, model_validator

from cauce.errors import DocumentError

V = TypeVar("V")


def _sorted_pairs(value: Any) -> Any:
    if isinstance(value, dict):
        return tuple(sorted((str(k), v) for k, v in value.items()))
    return value


Pairs = Annotated[tuple[tuple[str, V], ...], BeforeValidator(_sorted_pairs)]
"""A map with free keys, frozen: `{b: 2, a: 1}` becomes `(("a", 1), ("b", 2))`."""


class Document(BaseModel):
    """Base of every document: frozen, closed to unknown fields, hashable."""

    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True)

    def canonical(self) -> str:
        """Canonical JSON: keys sorted, no spaces."""
        return json.dumps(self.model_dump(mode="json"), sort_keys=True, separators=(",", ":"), ensure_ascii=False)

    def sha256(self) -> str:
        """Hash of the canonical JSON, 64 hex digits."""
        return hashlib.sha256(self.canonical().encode()).hexdigest()

    def with_changes(self, **changes: Any) -> Self:
        """A copy with some fields replaced, validated like any other document."""
        return type(self).model_validate({**dict(self), **changes})


class Ranged(Document):
    """A number of the world with its range and its source: 0 <= low <= value <= high."""

    value: float
    low: float
    high: float
    unit: str = "1"
    source: str

    @model_validator(mode="after")
    def _ranged(self) -> Self:
        if not self.source.strip():
            raise ValueError("a value wants a source")
        if not (0 <= self.low <= self.value <= self.high and isfinite(self.high)):
            raise ValueError(f"wants 0 <= low <= value <= high, got {self.low}, {self.value}, {self.high}")
        return self


class _Loader(yaml.CSafeLoader):
    """YAML 1.1 without its surprises: no implicit dates, `no` and `on` stay words, keys are unique."""


_Loader.yaml_implicit_resolvers = {
    first: [(tag, regexp) for tag, regexp in resolvers if not tag.endswith((":timestamp", ":bool"))]
    for first, resolvers in yaml.CSafeLoader.yaml_implicit_resolvers.items()
}
for _word in ("true", "false"):
    _Loader.yaml_implicit_resolvers.setdefault(_word[0], []).append(
        ("tag:yaml.org,2002:bool", __import__("re").compile(r"^(?:true|false)$"))
    )


class Source:
    """A parsed YAML file: its plain value, and the line of each part of it."""

    def __init__(self, path: Path, value: Any, root: yaml.Node | None) -> None:
        self.path, self.value, self._root = path, value, root

    def line(self, location: tuple[int | str, ...]) -> int | None:
        """Line (from 1) of the deepest part that exists on the way to `location`."""
        node = self._root
        if node is None:
            return None
        line = node.start_mark.line + 1
        for step in location:
            found = None
            if isinstance(node, yaml.MappingNode):
                for index, (name, child) in enumerate(node.value):
                    if name.value == str(step) or (isinstance(step, int) and index == step):
                        found, line = child, name.start_mark.line + 1
            elif isinstance(node, yaml.SequenceNode) and isinstance(step, int) and step < len(node.value):
                found = node.value[step]
                line = found.start_mark.line + 1
            if found is None:
                break
            node = found
        return line


def _refuse_duplicate_keys(node: yaml.Node, path: Path) -> None:
    if isinstance(node, yaml.MappingNode):
        seen: dict[str, int] = {}
        for name, child in node.value:
            if name.value in seen:
                raise DocumentError(
                    f"key {name.value!r} stands twice (first on line {seen[name.value]})",
                    mend="remove or rename one of them",
                    file=path,
                    line=name.start_mark.line + 1,
                )
            seen[name.value] = name.start_mark.line + 1
            _refuse_duplicate_keys(child, path)
    elif isinstance(node, yaml.SequenceNode):
        for child in node.value:
            _refuse_duplicate_keys(child, path)


def read_yaml(path: Path) -> Source:
    """Parse a YAML file and keep its lines.

    Raises
    ------
    DocumentError
        The file is missing, empty, binary, not YAML, or has a key twice.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise DocumentError("there is no such file", mend="check the name", file=path) from None
    except UnicodeDecodeError:
        raise DocumentError("is not a text file", mend="give a YAML file in UTF-8", file=path) from None
    except OSError as error:
        raise DocumentError(
            f"cannot be read ({error.strerror})", mend="check the path and its rights", file=path
        ) from None
    try:
        loader = _Loader(text)
        try:
            root = loader.get_single_node()
            if root is None:
                raise DocumentError("is empty", mend="write the document first", file=path)
            _refuse_duplicate_keys(root, path)
            value = loader.construct_document(root)
        finally:
            loader.dispose()
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else None
        raise DocumentError(
            f"is not valid YAML ({error.problem})",
            mend="check indentation, colons and quotes there",
            file=path,
            line=line,
        ) from None
    except yaml.YAMLError:
        raise DocumentError("is not valid YAML", mend="give a YAML file in UTF-8", file=path) from None
    return Source(path, value, root)


D = TypeVar("D", bound=Document)


def validate(model: type[D], source: Source, value: Any = None, at: tuple[int | str, ...] = ()) -> D:
    """Turn a parsed file (or the part of it at `at`) into a document, or say what is wrong and where."""
    try:
        return model.model_validate(source.value if value is None else value)
    except ValidationError as error:
        raise _first_mistake(error, source, at) from None


def _first_mistake(error: ValidationError, source: Source, at: tuple[int | str, ...]) -> DocumentError:
    details = error.errors(include_url=False)
    first = next((d for d in details if d["type"] == "extra_forbidden"), details[0])
    location = (*at, *first["loc"])
    field = ".".join(str(step) for step in location if not isinstance(step, int)) or "the document"
    kind, message = first["type"], first["msg"]
    if kind == "extra_forbidden":
        cause, mend = f"{field!r} is not a field here", "correct the spelling or remove it"
    elif kind == "missing":
        cause, mend = f"{field!r} is missing", "add it"
    elif first["input"] is None:
        cause, mend = f"{field!r} is empty", "fill it or remove it"
    elif kind.startswith(("date", "datetime")):
        cause = f"{field!r} is {first['input']!r}, which is not a date that exists"
        mend = "write it as YYYY-MM-DD"
    else:
        message = message.removeprefix("Value error, ").removeprefix("Assertion failed, ")
        message = message[:1].lower() + message[1:]
        cause = f"{field!r}: {message}"
        mend = "correct the value" if kind == "value_error" else f"correct {first['input']!r}"
    return DocumentError(cause, mend=mend, file=source.path, line=source.line(location))


def load(model: type[D], path: Path) -> D:
    """Read one YAML file as one document."""
    return validate(model, read_yaml(path))
