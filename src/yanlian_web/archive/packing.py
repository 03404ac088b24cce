"""An archive as a folder or as one ZIP file; written whole or not at all."""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
import shutil
import tempfile
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

from yanlian.errors import Finding, SourceError
from yanlian.text import N_, say

MANIFEST = "manifest.json"
BLOCK = 1 << 20
MOST_MANIFEST = 64 << 20
# The same rows give the same bytes, whenever they are packed.
NO_TIME = (1980, 1, 1, 0, 0, 0)
_NAME = re.compile(r"(?!.*(?:^|/)\.{1,2}(?:/|$))[^\x00-\x1f\\:/][^\x00-\x1f\\:]*")


def fair(name: str) -> bool:
    """Tell whether a name stays inside the archive."""
    return bool(_NAME.fullmatch(name)) and "//" not in name


class Hashed:
    """Writes on and notes size and fingerprint of what goes through."""

    def __init__(self, target: IO[bytes]) -> None:
        self.target = target
        self.hash = hashlib.sha256()
        self.bytes = 0

    def write(self, data: bytes) -> None:
        """Write bytes on."""
        self.target.write(data)
        self.hash.update(data)
        self.bytes += len(data)


class Out:
    """Writes an archive beside its place; :meth:`done` puts it there."""

    def __init__(self, path: Path) -> None:
        self.path = path
        path.parent.mkdir(parents=True, exist_ok=True)
        self.zipped = path.suffix.lower() == ".zip"
        self._zip: zipfile.ZipFile | None = None
        if self.zipped:
            handle, name = tempfile.mkstemp(dir=path.parent, prefix=".archive-")
            os.close(handle)
            self.partial = Path(name)
            self._zip = zipfile.ZipFile(
                self.partial, "w", zipfile.ZIP_DEFLATED, compresslevel=6
            )
        else:
            self.partial = Path(tempfile.mkdtemp(dir=path.parent, prefix=".archive-"))

    @contextlib.contextmanager
    def open(self, name: str) -> Iterator[Hashed]:
        """Open one file of the archive."""
        if self._zip is not None:
            info = zipfile.ZipInfo(name, NO_TIME)
            info.compress_type = zipfile.ZIP_DEFLATED
            info.external_attr = 0o644 << 16
            with self._zip.open(info, "w", force_zip64=True) as target:
                yield Hashed(target)
            return
        place = self.partial / name
        place.parent.mkdir(parents=True, exist_ok=True)
        with place.open("wb") as target:
            yield Hashed(target)

    def copy(self, name: str, source: Path) -> Hashed:
        """Take a file over."""
        with self.open(name) as target, source.open("rb") as given:
            while block := given.read(BLOCK):
                target.write(block)
            return target

    def done(self) -> None:
        """Put the archive into its place."""
        if self._zip is not None:
            self._zip.close()
            with self.partial.open("rb") as written:
                os.fsync(written.fileno())
        self.partial.replace(self.path)

    def drop(self) -> None:
        """Leave nothing behind."""
        if self._zip is not None:
            with contextlib.suppress(Exception):
                self._zip.close()
        if self.partial.is_dir():
            shutil.rmtree(self.partial, ignore_errors=True)
        else:
            self.partial.unlink(missing_ok=True)


def _unreadable(path: Path) -> SourceError:
    text = say(
        N_(
            "%(name)s is neither a folder nor a ZIP file that can be read. Choose the "
            "archive that the export wrote, or copy it again."
        ),
        name=path.name,
    )
    return SourceError(
        N_("The archive cannot be read."), findings=(Finding("", text, code="zip"),)
    )


class Into:
    """Reads an archive; nothing of it is unpacked by its names."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._zip: zipfile.ZipFile | None = None
        if path.is_dir():
            return
        try:
            self._zip = zipfile.ZipFile(path)
        except (OSError, zipfile.BadZipFile) as error:
            raise _unreadable(path) from error

    def names(self) -> set[str]:
        """Return the names of its files."""
        if self._zip is not None:
            return {n for n in self._zip.namelist() if not n.endswith("/")}
        return {
            one.relative_to(self.path).as_posix()
            for one in self.path.rglob("*")
            if one.is_file() or one.is_symlink()
        }

    @contextlib.contextmanager
    def open(self, name: str) -> Iterator[IO[bytes]]:
        """Open one file of the archive.

        Raises
        ------
        OSError
            When it is not there or damaged.
        """
        try:
            if self._zip is not None:
                with self._zip.open(name) as found:
                    yield found
                return
            place = self.path / name
            if place.is_symlink():
                raise OSError(name)
            with place.open("rb") as found:
                yield found
        except (zipfile.BadZipFile, KeyError, NotImplementedError, _errors()) as error:
            raise OSError(name) from error

    def close(self) -> None:
        """Let the file go."""
        if self._zip is not None:
            self._zip.close()


def _errors() -> Any:
    import zlib

    return zlib.error
