"""The settings of the tests: a home of their own, and PostgreSQL if CAUCE_TEST_DATABASE asks for it.

`make test` runs the tests of the service on both.
"""

from __future__ import annotations

import atexit
import os
import re
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path

from tests.web import cluster


def _prepare(until_the_end: ExitStack) -> None:
    home = until_the_end.enter_context(tempfile.TemporaryDirectory(prefix="cauce-web-", ignore_cleanup_errors=True))
    os.environ["CAUCE_HOME"] = home
    for name in ("CAUCE_OPERATOR", "CAUCE_HOSTS", "CAUCE_SHOWN_ON", "CAUCE_PROXIES", "CAUCE_MAIL"):
        os.environ.pop(name, None)
    asked = re.search(r" -n ?(\w+)", " ".join(sys.argv))
    leads = "PYTEST_XDIST_WORKER" not in os.environ and asked is not None and asked[1] != "0"
    if os.environ.get("CAUCE_TEST_DATABASE") == "postgresql" and not leads:
        os.environ["DATABASE_URL"] = until_the_end.enter_context(cluster.start(Path(home)))
    elif "CAUCE_TEST_DATABASE" not in os.environ:
        os.environ.pop("DATABASE_URL", None)


_end = ExitStack()
_prepare(_end)
atexit.register(_end.close)  # after what the folder registers for itself, so that the server stops first

from cauce.web.settings import *  # noqa: E402

if "pool" in DATABASES["default"]["OPTIONS"]:  # storms of 64 on a busy machine wait as long as they must
    options = DATABASES["default"]["OPTIONS"]
    options["pool"] = {**options["pool"], "timeout": 60}
    options["options"] = options["options"].replace("lock_timeout=3s", "lock_timeout=60s")

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
