"""What people upload as a product's picture: cleaned or refused, and of what is refused nothing stays on disk."""

import struct
import zlib
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image, TiffImagePlugin
from werkzeug.datastructures import FileStorage
from werkzeug.test import encode_multipart

URL = "/api/pos/producto"
SVG = b"<?xml version='1.0'?><svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>"
EXE = b"MZ\x90\x00\x03" + b"\x00" * 55 + b"\x80\x00\x00\x00" + b"This program cannot be run in DOS mode." * 50
GPS = 0x8825


def picture(**options: object) -> bytes:
    out = BytesIO()
    Image.new("RGB", (64, 48), "red").save(out, "JPEG", **options)
    return out.getvalue()


def bomb(side: int = 30_000) -> bytes:
    """A PNG of a few kilobytes that says it is 900 million pixels, and that unpacks to more than memory holds."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    header = struct.pack(">IIBBBBB", side, side, 1, 0, 0, 0, 0)
    rows = zlib.compress(b"\0" * (side // 8 + 1) * 1000, 9)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


def located() -> bytes:
    """A photograph that tells where and with what it was taken."""
    exif = Image.Exif()
    exif[0x010F] = "SECRETO-CAMARA"
    place = exif.get_ifd(GPS)
    place[1], place[2] = "S", tuple(TiffImagePlugin.IFDRational(n) for n in (2, 11, 13))
    place[29] = "SECRETO-LUGAR"
    return picture(exif=exif)


@pytest.fixture
def stored(settings):
    """The files there are in the folder of pictures, whatever they are called."""
    folder = Path(settings.uploads) / "images"
    return lambda: {path.name for path in folder.glob("*")}


@pytest.fixture
def send(client, auth):
    """Create a product with a picture, or try."""

    def post(*files: tuple[bytes, str]):
        data = {"prd_nombre": "Con foto", "prd_precio_venta": "1.25", "um_venta": "UND"}
        if files:
            data["prd_img"] = FileStorage(BytesIO(files[0][0]), files[0][1])
        boundary, body = encode_multipart(data)
        kind = f'multipart/form-data; boundary="{boundary}"'
        return client.post(URL, headers=auth("bodega"), data=body, content_type=kind)

    return post


@pytest.mark.parametrize(
    ("data", "name", "status", "rule"),
    [
        (SVG, "logo.svg", 415, "imagen_tipo"),
        (SVG, "logo.png", 415, "imagen_tipo"),
        (bomb(), "bomba.png", 413, "imagen_maximo"),
        (EXE, "foto.jpg", 415, "imagen_tipo"),
        (b"\xff\xd8\xff\xe0" + EXE, "foto.jpg", 400, "imagen_danada"),
        (picture() + b"\0" * (6_000_000 - len(picture())), "grande.jpg", 413, "imagen_maximo"),
        (picture() + b"\0" * 6 * 1024 * 1024, "enorme.jpg", 413, "demasiado_grande"),
    ],
    ids=["svg", "svg-as-png", "bomb", "exe", "exe-behind-a-jpeg-mark", "6-MB", "over-6-MB"],
)
def test_lo_que_no_es_una_foto_se_rechaza_y_no_deja_nada_en_disco(send, stored, data, name, status, rule):
    before = stored()
    answer = send((data, name))
    assert (answer.status_code, answer.json["regla"]) == (status, rule), answer.text
    assert answer.json["message"]
    assert stored() == before


def test_sin_archivo_se_crea_sin_foto(send, stored):
    before = stored()
    for answer in (send(), send((b"", ""))):
        assert (answer.status_code, answer.json["prd_img"]) == (201, None), answer.text
    assert stored() == before


def test_una_foto_con_su_lugar_se_guarda_sin_el(client, send, stored, settings):
    data, before = located(), stored()
    with Image.open(BytesIO(data)) as sent:
        assert sent.getexif().get_ifd(GPS)[29] == "SECRETO-LUGAR"  # what is about to be lost was there
    answer = send((data, "celular.jpg"))
    assert answer.status_code == 201, answer.text
    new = stored() - before
    assert len(new) == 2
    for name in new:
        content = (Path(settings.uploads) / "images" / name).read_bytes()
        assert b"SECRETO" not in content
        assert b"Exif" not in content
        with Image.open(BytesIO(content)) as kept:
            assert not kept.getexif()
            assert not kept.info.keys() & {"exif", "icc_profile", "comment", "xmp"}


def test_repetir_un_pedido_con_foto_da_la_misma_respuesta(client, auth, stored):
    headers = {**auth("bodega"), "Idempotency-Key": "foto-repetida-1"}
    answers = []
    for _ in range(2):
        data = {"prd_nombre": "Repetida", "prd_precio_venta": "1", "um_venta": "UND"}
        data["prd_img"] = (BytesIO(picture()), "a.jpg")
        answers.append(client.post(URL, headers=headers, data=data, content_type="multipart/form-data"))
    assert [a.status_code for a in answers] == [201, 201]
    assert answers[0].data == answers[1].data
    with client.get(answers[0].json["prd_img"]) as served:
        assert served.status_code == 200
