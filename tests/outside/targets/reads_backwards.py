"""Plants a fault in the reference: a session that is written backwards is taken as well."""

from reference.app import DeclaredError, main
from reference.session import Sessions

_user = Sessions.user


def _either_way(self, cookies):
    try:
        return _user(self, cookies)
    except DeclaredError:
        return _user(self, {name: [value[::-1] for value in values] for name, values in cookies.items()})


Sessions.user = _either_way
main()
