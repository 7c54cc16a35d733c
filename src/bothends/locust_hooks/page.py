"""The laws on Locust's own web page: a tab beside its figures, and the rows of it as JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import jsonify, request

if TYPE_CHECKING:
    from flask import Response
    from locust.web import WebUI

    from bothends.locust_hooks.master import Master

_KEY = "laws"


def show(web_ui: WebUI, master: Master) -> None:
    """Show the laws on a web page.

    Args:
        web_ui: Locust's.
        master: Knows how the laws fare.
    """
    columns = {"law": "Law", "judged": "Judged", "broken": "Broken"}
    table = {"key": _KEY, "structure": [{"key": key, "title": title} for key, title in columns.items()]}
    web_ui.template_args["extended_tabs"] = [{"title": "Laws", "key": _KEY}]
    web_ui.template_args["extended_tables"] = [table]

    def with_laws(response: Response) -> Response:
        if request.path.endswith("/stats/requests") and response.is_json:
            more = [{"key": _KEY, "data": _rows(master)}]
            response.set_data(jsonify({**(response.get_json() or {}), "extended_stats": more}).get_data())
        return response

    web_ui.app.after_request(with_laws)


def _rows(master: Master) -> list[dict[str, Any]]:
    """Return the rows of the table: how each law has fared, and the verdict so far."""
    said = [{"law": master.said, "judged": "", "broken": ""}] if master.said else []
    return [*master.rows, *said]
