"""A build has its folders to itself, and what is wrong with them is told in a line.

Two builds that write into one folder would mix their pages. The lock (``flock``) is shared
with the workers that a build forks, and with Pagefind: it is held until the last of them has
ended, however the build itself did.
"""

from __future__ import annotations

import errno
import os
from pathlib import Path
from pickle import UnpicklingError
from typing import TYPE_CHECKING

from sphinx.errors import ExtensionError

try:
    import fcntl
except ImportError:  # Windows: nothing is locked there
    fcntl = None  # type: ignore[assignment]

if TYPE_CHECKING:
    from sphinx.application import Sphinx
    from sphinx.util.typing import ExtensionMetadata

FULL = frozenset((errno.ENOSPC, errno.EDQUOT))
FORBIDDEN = frozenset((errno.EROFS, errno.EACCES, errno.EPERM))


class _Claim:
    """The lock of one build."""

    def __init__(self) -> None:
        self.descriptor = -1

    def begin(self, app: Sphinx) -> None:
        """Take the lock.

        :raises ExtensionError: if another build holds it, or a folder cannot be written.
        """
        for folder in (app.outdir, app.doctreedir):
            if not os.access(folder, os.W_OK):
                raise ExtensionError(f"{folder} cannot be written to; make it writable")
        try:
            path = Path(app.doctreedir, "lock")
            self.descriptor = os.open(path, os.O_CREAT | os.O_WRONLY, 0o666)
            if fcntl is not None:
                fcntl.flock(self.descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            message = f"another build is under way in {app.doctreedir}; wait until it ends"
            raise ExtensionError(message) from error
        except OSError as error:
            raise ExtensionError(cause(error) or str(error)) from error

    def descriptors(self, app: Sphinx) -> tuple[int, ...]:
        """Return what a program must inherit that writes into the folders."""
        return (self.descriptor,) if self.descriptor >= 0 and fcntl is not None else ()

    def end(self, app: Sphinx, exception: Exception | None) -> None:
        """Release the lock; say in a line what ended the build, if that can be told."""
        if self.descriptor >= 0:
            os.close(self.descriptor)
            self.descriptor = -1
        origin = getattr(exception, "orig_exc", None) or exception  # of an event's handler
        if origin and (told := cause(origin)):
            raise ExtensionError(told) from exception


def descriptors(app: Sphinx) -> tuple[int, ...]:
    """Return the descriptors of the lock, for ``pass_fds`` of a program that is run."""
    found: tuple[int, ...] = app.emit_firstresult("build-lock") or ()
    return found


def cause(error: Exception) -> str:
    """Return what ended a build and what to do, in a line; nothing if it is not known.

    Sphinx drops the environment of a build that ended with an error, and
    :mod:`.rebuild` knows that it did not end: the next one reads everything again.
    """
    if isinstance(error, UnpicklingError | EOFError):
        return "what an earlier build had left was damaged; build again, all is made anew"
    if not isinstance(error, OSError):
        return ""
    if error.errno in FULL:
        return f"no space is left for {error.filename or 'the output'}; make room, build again"
    if error.errno in FORBIDDEN and error.filename:
        return f"{error.filename} cannot be written or read; check its permissions"
    return ""


def setup(app: Sphinx) -> ExtensionMetadata:
    claim = _Claim()
    app.add_event("build-lock")
    app.connect("build-lock", claim.descriptors)
    app.connect("builder-inited", claim.begin, priority=0)
    app.connect("build-finished", claim.end, priority=1000)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
