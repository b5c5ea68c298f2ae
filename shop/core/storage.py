"""Files of the shop: whole or not there at all."""

from __future__ import annotations

import errno
import logging
import secrets
from contextlib import suppress
from pathlib import Path
from typing import Any

from django.core.files.storage import FileSystemStorage
from django.utils.translation import gettext_lazy as _

from shop.core.errors import DomainError, Unavailable

logger = logging.getLogger(__name__)

FULL = frozenset({errno.ENOSPC, errno.EDQUOT})


class StorageFull(DomainError):
    """There is no space left for a file; nothing was saved."""

    status = 507
    code = "storage_full"
    default_message = _(
        "The file was not saved because the server has no space left. Free up space and try again."
    )


class StorageUnavailable(Unavailable):
    """Files cannot be written: a disk that is read-only, gone, or not ours; nothing was saved."""

    code = "storage_unavailable"
    default_message = _(
        "The file was not saved because the server can't write files right now. Try again later."
    )


def is_full(error: BaseException | None) -> bool:
    """Whether an error says that a disk has no space left."""
    return isinstance(error, OSError) and error.errno in FULL


class WholeFileStorage(FileSystemStorage):
    """A folder in which a file gets its name once it is written: a full disk leaves no half of one.

    Raises `StorageFull` and `StorageUnavailable`.
    """

    def _save(self, name: str, content: Any) -> str:
        part, final = f"{name}.{secrets.token_hex(5)}.part", ""
        try:
            part = super()._save(part, content)  # type: ignore[misc]  # unknown to the stubs
            final = self._claim(name)
            Path(self.path(part)).replace(self.path(final))
        except OSError as error:
            for left in filter(None, (part, final)):
                with suppress(OSError):
                    Path(self.path(left)).unlink()
            logger.exception("A file could not be written")
            raise (StorageFull if is_full(error) else StorageUnavailable) from error
        return final

    def _claim(self, name: str) -> str:
        """Create an empty file under the first free name, so that nobody else gets
        it, and return the name.

        A hard link would need no empty file, but not every file system has them.
        """
        while True:
            try:
                Path(self.path(name)).touch(exist_ok=False)
            except FileExistsError:
                name = self.get_available_name(name)
            else:
                return name
