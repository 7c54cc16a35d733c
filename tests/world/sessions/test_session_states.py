"""What a caller shows in each session state."""

from __future__ import annotations

import json
import time
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import pytest
from joserfc import jwe
from joserfc.errors import JoseError
from joserfc.jwk import OctKey

from bothends.errors import ContractError
from bothends.world import SignedIn, all_states, person
from bothends.world.sessions.next_auth_v4 import NextAuthV4
from bothends.world.sessions.states.tampered import flip_bit

if TYPE_CHECKING:
    from collections.abc import Callable

    Play = Callable[..., Any]
    Scene = Any

COOKIE = "next-auth.session-token"


def shown(play: Play, *sentences: str, user: dict[str, Any] | None = None) -> tuple[SignedIn, OctKey]:
    """Return what a caller shows, and the key that the target has."""

    async def scenario(scene: Scene) -> tuple[SignedIn, OctKey]:
        secret = scene.world.variables()["world.session_secret"]
        key = OctKey.import_key(NextAuthV4().key(secret, COOKIE))
        return scene.world.sign_in(5, sentences, user), key

    made: tuple[SignedIn, OctKey] = play(scenario)
    return made


def claims(signed_in: SignedIn, key: OctKey) -> dict[str, Any]:
    """Return the claims of the one cookie."""
    ((name, token),) = signed_in.cookies
    assert COOKIE == name
    plaintext = jwe.decrypt_compact(token, key, algorithms=["dir", "A256GCM"]).plaintext
    made: dict[str, Any] = json.loads(plaintext or b"")
    return made


@pytest.mark.parametrize("sentences", [(), ("signed in",), ("the ingest hangs",)])
def test_by_default_each_case_has_a_user_of_its_own(play: Play, sentences: tuple[str, ...]) -> None:
    """A valid session of the number's own person, whose token is told."""
    signed_in, key = shown(play, *sentences)
    user = person(1, 5)
    assert user == signed_in.session
    assert signed_in.token in str(user)
    held = claims(signed_in, key)
    assert [user["name"], user["email"], user["image"]] == [held["name"], held["email"], held["picture"]]
    assert abs(held["iat"] - time.time()) < 60


def test_a_given_user_is_signed_in(play: Play) -> None:
    """By the argument, by a name, or by JSON; what is absent is null in `session.user`, and no claim."""
    signed_in, key = shown(play, user={"name": "Ada"})
    assert {"name": "Ada", "email": None, "image": None} == signed_in.session
    assert "email" not in claims(signed_in, key)
    assert "Grace" == claims(*shown(play, "signed in as Grace"))["name"]
    signed_in, key = shown(play, 'signed in as {"name": null, "email": "a@example.com"}')
    assert {"name": None, "email": "a@example.com", "image": None} == signed_in.session
    assert claims(signed_in, key)["name"] is None
    with pytest.raises(ContractError, match="is not JSON"):
        shown(play, "signed in as {oops")


@pytest.mark.parametrize("state", [one for one in all_states() if one.family == "signed-out"], ids=lambda s: s.pattern)
def test_no_signed_out_state_has_a_session(play: Play, state: Any) -> None:
    """There is nobody whom an event could be about, and no valid token among the cookies."""
    signed_in, key = shown(play, state.pattern)
    assert signed_in.session is None
    with suppress(JoseError, ValueError):
        assert claims(signed_in, key)["exp"] < time.time() - 60


def test_each_state_is_what_it_says(play: Play) -> None:
    """No cookie, an hour too late, another key, a changed ciphertext, no token, no value."""
    assert () == shown(play, "signed out")[0].cookies
    assert 3590 < time.time() - claims(*shown(play, "the session has expired"))["exp"] < 3700
    for sentence in ("the session is signed with another secret", "the session is tampered with"):
        signed_in, key = shown(play, sentence)
        assert 5 == len(signed_in.cookies[0][1].split("."))
        with pytest.raises(JoseError):
            claims(signed_in, key)
    assert ((COOKIE, ""),) == shown(play, "the session is empty")[0].cookies
    ((_, garbage),) = shown(play, "the session is garbage")[0].cookies
    assert garbage
    assert not set(garbage) & set(' ",;\\')


def test_a_flipped_bit_is_one_bit() -> None:
    """All parts but one stay, and of that one a single bit changes."""
    token = "aGVhZA..aXZpdg.Y2lwaGVydGV4dA.dGFn"
    changed = flip_bit(token, 3).split(".")
    assert [True, True, True, False, True] == [a == b for a, b in zip(token.split("."), changed, strict=True)]
    assert "Y2lwaGVzdGV4dA" == changed[3]
