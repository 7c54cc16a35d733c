"""The test users: one for each exchange, recognised by a token in each of its values."""

from __future__ import annotations

from hashlib import blake2s
from typing import Any

from bothends.records import mint

# Names are there for what they break: byte against character counts, escaping, direction, composition, length,
# trimming.
_NAMES = (
    "Ada Lovelace",
    "Grace Hopper",
    "Zoë Müller",
    "José Ángel Núñez",
    "Νίκος Παπαδόπουλος",
    "Олена Шевченко",
    "山田 太郎",
    "김민수",
    "محمد علي",
    "דוד לוי",
    "प्रिया शर्मा",
    "Nguyễn Thị Minh Khai",
    "Bjo\u0308rn A\u030angstro\u0308m",
    "O'Brien-Smith",
    'Robert "Bob" Tables',
    "<script>alert(1)</script>",
    "Jean\\Luc",
    "100% {name}",
    "\U0001f469\U0001f3fd\u200d\U0001f680 Astronaut",
    "A",
    "null",
    "  Spaced Out",
    "Wolfeschlegelsteinhausenbergerdorff " * 4,
)
_DOMAINS = ("example.com", "example.org", "mail.example.co.uk", "xn--bcher-kva.example")
_LIKES = ("", "+tag", ".Last", "_x", "-Y")


def test_user(seed: int, number: int) -> dict[str, Any]:
    """Return the user of an exchange: `name`, `email` and `image`, each a string or null.

    Every string holds the user's token, but for an image that is empty. Name and email are never both null:
    such a session has no identity in it, and a target may refuse it.

    Args:
        seed: The run's seed.
        number: The exchange's number; its token is `mint(seed, "u", number)`.
    """
    token = mint(seed, "u", number)
    dice = blake2s(f"{seed}/person/{number}".encode(), digest_size=8).digest()
    name: str | None = f"{_NAMES[dice[0] % len(_NAMES)]} {token}"
    email: str | None = f"{token}{_LIKES[dice[1] % len(_LIKES)]}@{_DOMAINS[dice[2] % len(_DOMAINS)]}"
    image: str | None = f"https://img.example.com/{token}/{dice[3]}.png?s=64&d=%2Fx"
    if dice[4] % 8 == 0:
        name = None
    elif dice[4] % 8 == 1:
        email = None
    if dice[5] % 3 == 0:
        image = None
    elif dice[5] % 8 == 1:
        image = ""
    return {"name": name, "email": email, "image": image}
