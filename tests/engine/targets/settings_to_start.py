"""The reference with a fault: it does not start while the settings are down."""

import os
import urllib.request

from reference.app import main

urllib.request.urlopen(os.environ["SETTINGS_URL"], timeout=5).read()  # noqa: S310 -- the world's own address
main()
