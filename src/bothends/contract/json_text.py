"""JSON, read strictly (RFC 8259), with the line of everything in it."""

from __future__ import annotations

import json
import re
from typing import Any

from bothends.contract.marks import DEEPEST, Mark, TextError
from bothends.contract.pointers import join

_SYMBOL = re.compile(r'"[^"\\]*(?:\\.[^"\\]*)*"|[{}\[\],:]|[^\s{}\[\],:"]+|\n', re.DOTALL)


def parse_json(text: str) -> tuple[Any, Mark]:
    """Return the value of a JSON text, and the lines of what is in it.

    Raises:
        TextError: The text is not JSON, is empty, holds a key twice, or is too deep.
    """
    if not text.strip():
        raise TextError("it is empty", None)
    try:
        value = json.loads(text, parse_constant=_refuse_constant)
    except json.JSONDecodeError as error:
        raise TextError(error.msg[:1].lower() + error.msg[1:], error.lineno) from error
    except RecursionError as error:
        raise TextError(f"it is more than {DEEPEST} levels deep", None) from error
    except ValueError as error:
        problem = str(error) if isinstance(error, TextError) else "a number has more digits than bothends reads"
        raise TextError(problem, None) from error
    return value, _marks(text)


def _refuse_constant(name: str) -> Any:
    raise TextError(f"'{name}' is no number that JSON has", None)


def _marks(text: str) -> Mark:
    """Return the lines of a text that is known to be JSON.

    Raises:
        TextError: It holds a key twice, or is too deep.
    """
    root = Mark(0)
    # Each open container: its mark, its pointer, and whether it is a list. The text itself counts as
    # the only item of a list.
    stack: list[tuple[Mark, str, bool]] = [(root, "", True)]
    key: str | None = None  # the key whose value comes next
    key_line = 0
    line = 1
    for match in _SYMBOL.finditer(text):
        symbol = match[0]
        mark, pointer, is_list = stack[-1]
        if symbol == "\n":
            line += 1
        elif symbol in ",:":
            continue
        elif symbol in "}]":
            stack.pop()
        elif not is_list and key is None:
            key, key_line = json.loads(symbol), line
            if key in mark.children:
                raise TextError(f"the key '{key}' stands here twice", line, pointer + join(key))
        else:
            name = key if key is not None else str(len(mark.children))
            child = Mark(key_line if key is not None else line)
            mark.children[name] = child
            key = None
            if symbol in "{[":
                if len(stack) > DEEPEST:
                    raise TextError(f"it is more than {DEEPEST} levels deep", line, pointer)
                stack.append((child, (pointer + join(name)) if len(stack) > 1 else "", symbol == "["))
    return root.children["0"]
