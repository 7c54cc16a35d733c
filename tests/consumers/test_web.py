"""The page's pact with the route: the one call that it makes, and the answers that it tells apart."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pact import match

from tests.consumers.web import Next, Outcome, ask

if TYPE_CHECKING:
    from pact import Pact
    from pact.interaction import HttpInteraction

ADA = {"name": "Ada Lovelace", "email": "ada@example.com", "image": "https://img.example.com/ada.png"}


def asking(interaction: HttpInteraction) -> HttpInteraction:
    """Add the page's request. No cookie is in it: the state `signed in as {user}` promises one."""
    return interaction.with_request("POST", "/api/route").with_body({"data": "data"}, "application/json")


def problem(status: int, title: str) -> dict[str, Any]:
    """Return what the page relies on of a problem: some type, some title, and the status."""
    return {"type": match.str("about:blank"), "title": match.str(title), "status": status}


def outcome(pact: Pact) -> Outcome:
    """Return what comes of the page's call to the route that the pact describes."""
    with pact.serve("127.0.0.1") as route:
        return ask(str(route.url))


def test_page_says_that_it_worked(web_route: Pact) -> None:
    """Success is the string `true`, and nothing else."""
    (
        asking(web_route.upon_receiving("a request of a user").given("signed in as {user}", user=ADA))
        .will_respond_with(200)
        .with_body({"success": "true"}, "application/json")
    )
    assert Outcome(Next.DONE) == outcome(web_route)


def test_page_goes_to_sign_in(web_route: Pact) -> None:
    """A caller without a session is sent to sign in."""
    (
        asking(web_route.upon_receiving("a request without a session").given("signed out"))
        .will_respond_with(401)
        .with_body(problem(401, "There is no valid session."), "application/problem+json")
    )
    assert Outcome(Next.SIGN_IN, "There is no valid session.", "about:blank") == outcome(web_route)


def test_page_offers_to_try_again(web_route: Pact) -> None:
    """While an upstream of the route is down, the user is told so and may try again."""
    (
        asking(
            web_route.upon_receiving("a request while an upstream is down")
            .given("signed in as {user}", user=ADA)
            .given("the {upstream} is unreachable", upstream="ingest")
        )
        .will_respond_with(503)
        .with_body(problem(503, "An upstream could not be reached."), "application/problem+json")
    )
    assert Outcome(Next.TRY_AGAIN, "An upstream could not be reached.", "about:blank") == outcome(web_route)
