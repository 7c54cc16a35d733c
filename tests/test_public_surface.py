"""What each package offers is what its `__all__` says, and its `__init__` does nothing else."""

from __future__ import annotations

import ast
import importlib
from pathlib import Path
from types import ModuleType

import pytest

SOURCE = Path(__file__).parent.parent / "src"
PACKAGES = sorted(
    ".".join(path.parent.relative_to(SOURCE).parts) for path in (SOURCE / "bothends").rglob("__init__.py")
)


@pytest.mark.parametrize("name", PACKAGES)
def test_all_names_what_is_there(name: str) -> None:
    """`__all__` lists the public names of the package, no more and no fewer; a module of it may be one."""
    module = importlib.import_module(name)
    offered = set(getattr(module, "__all__", ()))
    public = {key: value for key, value in vars(module).items() if not key.startswith("_")}
    modules = {key for key, value in public.items() if isinstance(value, ModuleType)}
    assert offered == public.keys() - {"annotations", "TYPE_CHECKING"} - (modules - offered)


@pytest.mark.parametrize("name", PACKAGES)
def test_an_init_only_re_exports(name: str) -> None:
    """An `__init__` holds a docstring, imports and `__all__`, so that importing a part runs no logic."""
    body = ast.parse((SOURCE / Path(*name.split(".")) / "__init__.py").read_text()).body
    others = [
        node
        for node in body[1:]
        if not isinstance(node, ast.ImportFrom | ast.Import) and not ast.unparse(node).startswith("__all__ = ")
    ]
    assert ast.get_docstring(ast.Module(body, [])) is not None
    assert not others, [ast.unparse(node) for node in others]
