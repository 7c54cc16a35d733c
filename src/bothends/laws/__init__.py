"""The laws: what an exchange must keep, one law in a file."""

from bothends.laws.joint.no_phantom import phantom
from bothends.laws.law import Broken, Grounds, Law
from bothends.laws.registry import LAWS, check_order

__all__ = ["LAWS", "Broken", "Grounds", "Law", "check_order", "phantom"]
