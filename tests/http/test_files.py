"""A picture is what its content says, leaves its metadata at the door, and is stored whole or not at all."""

import io
import os
import struct
import time
import zlib
from collections.abc import Iterable
from pathlib import Path

import pytest
from PIL import Image
from werkzeug.datastructures import FileStorage

from daf_backend.errors import Problem
from daf_backend.http.files import GRACE_SECONDS, MAX_BYTES, remove_image, save_image, sweep_orphans


def picture(
    kind: str = "JPEG", size: tuple[int, int] = (40, 20), mode: str = "RGB", **options: object
) -> bytes:
    """A small picture, red on the left and blue on the right."""
    image = Image.new(mode, size, "red")
    image.paste("blue", (size[0] // 2, 0, size[0], size[1]))
    file = io.BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()


def upload(data: bytes, name: str = "foto.jpg") -> FileStorage:
    return FileStorage(io.BytesIO(data), filename=name)


def names(folder: Path) -> set[str]:
    """Whatever there is in the folder."""
    return {path.name for path in folder.glob("*")}


def age(paths: Iterable[Path]) -> None:
    """Make files as old as what no request can still be working on."""
    old = time.time() - GRACE_SECONDS - 10
    for path in paths:
        os.utime(path, (old, old))


@pytest.fixture(autouse=True)
def _inside(app):
    with app.app_context():
        yield


@pytest.fixture
def settings(app):
    return app.extensions["prueba"].settings


@pytest.fixture
def folder(settings):
    return settings.uploads / "images"


@pytest.mark.parametrize(("kind", "suffix"), [("JPEG", "jpg"), ("PNG", "png"), ("WEBP", "webp")])
def test_el_contenido_decide_el_tipo_y_no_el_nombre(folder, kind, suffix):
    name = save_image(upload(picture(kind), "virus.exe"))
    assert name.endswith(suffix)
    assert names(folder) == {name, name.replace(".", "_mini.")}
    with Image.open(folder / name) as stored:
        assert (stored.format, stored.size) == (kind, (40, 20))


@pytest.mark.parametrize(
    ("data", "status"),
    [
        (b"", 415),
        (b"no es una imagen", 415),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", 415),
        (picture("GIF"), 415),
        (picture("JPEG")[:200], 400),
        (picture("PNG")[:60], 400),
        (b"\xff" * (MAX_BYTES + 1), 413),
    ],
)
def test_lo_que_no_es_una_imagen_valida_se_rechaza_y_no_deja_nada(folder, data, status):
    with pytest.raises(Problem) as refused:
        save_image(upload(data))
    assert refused.value.status == status
    assert not folder.exists()


def test_una_bomba_de_pixeles_se_rechaza_sin_abrirla(folder):
    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    for side in (7_000, 12_000, 60_000):
        header = struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)
        bomb = (
            b"\x89PNG\r\n\x1a\n"
            + chunk(b"IHDR", header)
            + chunk(b"IDAT", zlib.compress(b"\0" * 9))
            + chunk(b"IEND", b"")
        )
        with pytest.raises(Problem) as refused:
            save_image(upload(bomb))
        assert refused.value.status == 413


def test_los_metadatos_se_quedan_afuera_y_la_orientacion_se_aplica(folder):
    exif = Image.Exif()
    exif[0x0112] = 6  # turned a quarter
    exif[0x010E] = "SECRETO-GPS"
    name = save_image(upload(picture("JPEG", exif=exif, comment=b"SECRETO-COMENTARIO")))
    data = (folder / name).read_bytes()
    assert b"SECRETO" not in data
    with Image.open(folder / name) as stored:
        assert stored.size == (20, 40)
        assert not stored.getexif()


def test_lo_escondido_detras_de_la_imagen_no_sobrevive(folder):
    name = save_image(upload(picture("PNG") + b"<?php SECRETO ?>"))
    assert b"SECRETO" not in (folder / name).read_bytes()


def test_la_transparencia_se_conserva_y_lo_grande_se_reduce(folder):
    name = save_image(upload(picture("PNG", (3000, 1000), "RGBA")))
    with Image.open(folder / name) as stored, Image.open(folder / name.replace(".", "_mini.")) as mini:
        assert max(stored.size) == 1600
        assert max(mini.size) == 320


def test_una_imagen_se_sirve_para_siempre_y_sin_adivinar_su_tipo(client):
    name = save_image(upload(picture("PNG")))
    with client.get(f"/images/{name}") as answer:
        assert (answer.status_code, answer.mimetype) == (200, "image/png")
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert "immutable" in answer.headers["Cache-Control"]
    with client.get(f"/images/{name}", headers={"If-None-Match": answer.headers["ETag"]}) as again:
        assert again.status_code == 304


@pytest.mark.parametrize(
    "name",
    [
        "",
        ".despliegue",
        "../secreto",
        "..%2f..%2fetc%2fpasswd",
        "a.png",
        "%00.png",
        "A" * 32 + ".png",
        "0" * 32 + ".png",
    ],
)
def test_ningun_otro_nombre_se_sirve(client, name):
    assert client.get(f"/images/{name}").status_code == 404


def test_borrar_se_lleva_la_miniatura_y_solo_toca_imagenes(folder, settings):
    name = save_image(upload(picture()))
    outside = settings.uploads / "secreto.txt"
    outside.write_text("x")
    remove_image("../secreto.txt")
    remove_image(name)
    remove_image(name)
    assert outside.exists()
    assert not names(folder)


def test_las_huerfanas_viejas_se_barren_y_las_nuevas_esperan(folder, settings):
    kept, orphan, young = (save_image(upload(picture())) for _ in range(3))
    (folder / ".mitad-x").write_bytes(b"half a picture, of a process that died")
    (folder / "LEEME").write_text("of a person")
    age(path for path in folder.iterdir() if not path.name.startswith(young.split(".")[0]))
    gone = sweep_orphans(settings, {kept})
    assert sorted(gone) == sorted([orphan, orphan.replace(".", "_mini."), ".mitad-x"])
    assert {kept, kept.replace(".", "_mini."), young, "LEEME"} <= names(folder)


def test_las_imagenes_de_otro_despliegue_no_se_barren(folder, settings):
    stranger = settings.model_copy(update={"home": settings.home / "otro"})
    name = save_image(upload(picture()))
    age(folder.iterdir())
    assert sweep_orphans(stranger, []) == []
    assert name in names(folder)
    assert name in sweep_orphans(settings, [])
    assert sweep_orphans(settings.model_copy(update={"uploads": folder / "nunca"}), []) == []


def test_la_vista_recibe_el_nombre_y_un_rechazo_no_deja_la_imagen(client, folder):
    sent = {"nombre": "a", "foto": (io.BytesIO(picture()), "x.jpg")}
    stored = client.put("/api/pos/cosa/A", data=sent, content_type="multipart/form-data")
    assert stored.json["foto"].strip("'") in {path.name for path in folder.iterdir()}
    before = set(folder.iterdir())
    sent = {"nombre": "a", "foto": (io.BytesIO(picture()), "x.jpg")}
    assert client.put("/api/pos/cosa/MALA", data=sent, content_type="multipart/form-data").status_code == 409
    assert set(folder.iterdir()) == before


@pytest.mark.parametrize("foto", ["http://localhost:3000/images/x.jpg", "", (io.BytesIO(b""), "")])
def test_sin_archivo_se_conserva_la_imagen(client, foto):
    answer = client.put(
        "/api/pos/cosa/A", data={"nombre": "a", "foto": foto}, content_type="multipart/form-data"
    )
    assert answer.json == {"nombre": "'a'"}


def test_un_cuerpo_demasiado_grande_es_413(client):
    answer = client.post("/api/pos/cosa", data=b"x" * (7 * 1024 * 1024), content_type="application/json")
    assert (answer.status_code, answer.json["regla"]) == (413, "demasiado_grande")
