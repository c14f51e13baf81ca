"""Uploaded pictures: the only code that touches the uploads folder.

What a picture is, its content says, never its name or declared type. It is decoded and written anew, so
neither metadata nor anything hidden behind the pixels survives. Its name is random: it says nothing, never
changes meaning, and clients may keep the picture for ever.
"""

import logging
import os
import re
import secrets
import shutil
import tarfile
import tempfile
import time
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager, suppress
from functools import partial
from hashlib import sha256
from io import BytesIO
from pathlib import Path
from typing import IO, Any, cast

from flask import Blueprint, Flask, Response, current_app, send_from_directory
from PIL import Image, ImageOps, UnidentifiedImageError
from werkzeug.datastructures import FileStorage
from werkzeug.exceptions import NotFound

from ..db.statement import Opaque
from ..errors import Problem
from ..settings import Settings

MAX_BYTES = 5 * 1024 * 1024
MAX_PIXELS = 40_000_000  # 160 MB decoded
MAX_SIDE = 1600
THUMBNAIL_SIDE = 320
KEEP_SECONDS = 365 * 24 * 3600
GRACE_SECONDS = 3600  # a picture this young may belong to a request still under way

_FORMATS = {"JPEG": "jpg", "PNG": "png", "WEBP": "webp"}
_NAME = re.compile(r"[0-9a-f]{32}(_mini)?\.(jpg|png|webp)")
_KEY = "daf_images"
_HALF = ".mitad-"  # a picture being written
_OWNER = ".despliegue"

log = logging.getLogger("daf.imagenes")


def init_files(app: Flask, settings: Settings) -> None:
    """Serve `/images/<name>` out of the uploads folder."""
    app.extensions[_KEY] = settings
    pictures = Blueprint("images", __name__)
    pictures.add_url_rule("/images/<name>", "picture", _serve)
    app.register_blueprint(pictures)


def save_image(upload: FileStorage) -> Opaque:
    """Store a picture and its thumbnail; the name to keep.

    Raises:
        Problem: 413 over the limits, 415 not a JPEG, PNG or WebP, 400 damaged.
    """
    picture, kind = _decode(upload.stream.read(MAX_BYTES + 1))
    stem, suffix = secrets.token_hex(16), _FORMATS[kind]
    picture.thumbnail((MAX_SIDE, MAX_SIDE))
    _write(f"{stem}.{suffix}", picture, kind)
    picture.thumbnail((THUMBNAIL_SIDE, THUMBNAIL_SIDE))
    _write(f"{stem}_mini.{suffix}", picture, kind)
    return Opaque(f"{stem}.{suffix}")


@contextmanager
def stored(datos: dict[str, Any], key: str) -> Iterator[dict[str, Any]]:
    """The body with its upload replaced by its stored name; the picture goes again if the act is refused."""
    if key not in datos:
        yield datos
        return
    name = save_image(datos[key])
    try:
        yield {**datos, key: name}
    except BaseException:
        remove_image(name)
        raise


def remove_image(name: str) -> None:
    """Forget a picture and its thumbnail; one that is not there is already forgotten."""
    if _NAME.fullmatch(name):
        for path in (_folder() / name, _folder() / _mini(name)):
            path.unlink(missing_ok=True)


def sweep_orphans(settings: Settings, known: Collection[str]) -> list[str]:
    """Remove the pictures no row names, and halves of pictures: what a crash or a repeated request left behind.

    Two deployments may have been given one folder. Whoever stored there first owns it; another, whose rows know
    nothing of those pictures, removes none.
    """
    keep = {*known, *map(_mini, known)}
    old = time.time() - GRACE_SECONDS
    gone: list[str] = []
    if not _owned(settings):
        log.warning("the pictures are another deployment's: none is swept")
        return gone
    for path in _images(settings.uploads).glob("*"):
        ours = _NAME.fullmatch(path.name) or path.name.startswith(_HALF)
        with suppress(FileNotFoundError):  # replaced a moment ago
            if ours and path.name not in keep and path.stat().st_mtime < old:
                path.unlink()
                gone.append(path.name)
    return gone


def pack(settings: Settings, file: Path) -> int:
    """Put every picture there is in one file, for a backup; how many."""
    folder, count = _images(settings.uploads), 0
    with tarfile.open(file, "w") as bundle:
        for path in sorted(folder.glob("*")):
            if _NAME.fullmatch(path.name):
                with suppress(FileNotFoundError):  # replaced a moment ago
                    bundle.add(path, path.name, recursive=False)
                    count += 1
    return count


def unpack(settings: Settings, file: Path) -> int:
    """Put the pictures of a backup back; how many were not there. A name never changes its picture."""
    folder, count = _ready(settings), 0
    with tarfile.open(file) as bundle:
        for member in bundle:
            content = bundle.extractfile(member) if _NAME.fullmatch(member.name) and member.isreg() else None
            if content is None:
                raise ValueError("a backup's pictures hold pictures alone")
            if not (folder / member.name).exists():
                _keep(folder / member.name, partial(shutil.copyfileobj, content))
                count += 1
    return count


def _images(uploads: Path) -> Path:
    return uploads.resolve() / "images"


def _folder() -> Path:
    return _images(cast(Settings, current_app.extensions[_KEY]).uploads)


def _ready(settings: Settings) -> Path:
    """The folder to store in, made and claimed by whoever stores there first."""
    folder = _images(settings.uploads)
    folder.mkdir(parents=True, exist_ok=True)
    with suppress(FileExistsError), (settings.uploads / _OWNER).open("x") as mark:
        mark.write(_deployment(settings))
    return folder


def _owned(settings: Settings) -> bool:
    mark = settings.uploads / _OWNER
    return mark.exists() and mark.read_text() == _deployment(settings)


def _deployment(settings: Settings) -> str:
    """What tells one deployment's rows from another's: its server, or where its own cluster is."""
    return sha256(str(settings.pos_dsn or settings.home.resolve()).encode()).hexdigest()


def _mini(name: str) -> str:
    return name.replace(".", "_mini.", 1)


def _decode(data: bytes) -> tuple[Image.Image, str]:
    """The pixels of a picture, upright, without anything else it carried."""
    if len(data) > MAX_BYTES:
        raise Problem(413, "imagen_maximo", "La imagen pasa de 5 MB.")
    try:
        picture = Image.open(BytesIO(data), formats=list(_FORMATS))
        if picture.width * picture.height > MAX_PIXELS:  # known from the header, before anything is decoded
            raise Problem(413, "imagen_maximo", "La imagen tiene demasiados píxeles.")
        kind = str(picture.format)
        upright = ImageOps.exif_transpose(picture)
        opaque = kind == "JPEG" or not upright.has_transparency_data
        pixels = upright.convert("RGB" if opaque else "RGBA")
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise Problem(413, "imagen_maximo", "La imagen tiene demasiados píxeles.") from None
    except UnidentifiedImageError:
        raise Problem(415, "imagen_tipo", "La imagen debe ser JPEG, PNG o WebP.") from None
    except (OSError, SyntaxError, ValueError, EOFError):
        raise Problem(400, "imagen_danada", "La imagen está dañada.") from None
    pixels.info.clear()  # the encoders copy colour profile, comment and EXIF from here
    return pixels, kind


def _write(name: str, picture: Image.Image, kind: str) -> None:
    folder = _ready(cast(Settings, current_app.extensions[_KEY]))
    _keep(folder / name, lambda out: picture.save(out, kind, quality=85))


def _keep(path: Path, write: Callable[[IO[bytes]], object]) -> None:
    """Write the whole file or none: a reader never sees half a picture."""
    with tempfile.NamedTemporaryFile(dir=path.parent, prefix=_HALF, delete=False) as file:
        try:
            write(file)
            file.flush()
            os.fsync(file.fileno())
            os.chmod(file.name, 0o644)
            os.replace(file.name, path)
        except BaseException:
            Path(file.name).unlink(missing_ok=True)
            raise


def _serve(name: str) -> Response:
    if not _NAME.fullmatch(name):
        raise NotFound
    response = send_from_directory(_folder(), name, max_age=KEEP_SECONDS)
    response.cache_control.public = True
    response.cache_control.immutable = True
    response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"  # the shop is another origin
    return response
