"""Numbers are exact or refused, text is clean or refused, and no refusal repeats what was typed."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from marshmallow import ValidationError

from daf_backend.http.body import parse
from daf_backend.http.fields import (
    Booleano,
    Cantidad,
    Clave,
    Codigo,
    Correo,
    Entero,
    Fecha,
    FechaHora,
    Lista,
    Mapa,
    Money,
    Opcion,
    Porcentaje,
    Texto,
)
from daf_backend.http.schema import Schema


@pytest.mark.parametrize(
    ("value", "stored"),
    [
        ("12.5", "12.50"), (12, "12.00"), (" 7 ", "7.00"), ("0012.50", "12.50"), ("-3.10", "-3.10"),
        (Decimal("1E+2"), "100.00"), (Decimal("2.500"), "2.50"), ("9999999999.99", "9999999999.99"),
        ("-0", "0"),
    ],
)  # fmt: skip
def test_money_acepta_numero_o_texto_y_conserva_los_centavos(value, stored):
    assert str(Money().deserialize(value)) == stored


@pytest.mark.parametrize(
    "value",
    [
        "12.505", Decimal("1.005"), "10000000000", 10**30, Decimal("1E+999999"), Decimal("1E-999999"),
        True, False, "1e3", "1,50", ".5", "5.", "", "١٢", "NaN", "Infinity", Decimal("NaN"), Decimal("Inf"),
        [], {}, 1.5, "0x10", "--1", "1 2",
    ],
)  # fmt: skip
def test_money_rechaza_lo_que_no_es_exacto(value):
    with pytest.raises(ValidationError):
        Money().deserialize(value)


@given(st.decimals(min_value=-9999999999, max_value=9999999999, places=2))
def test_money_ida_y_vuelta_no_pierde_nada(amount):
    field = Money()
    assert field.deserialize(str(amount)) == amount
    assert field.deserialize(parse(f"{amount}")) == amount
    assert Decimal(field.serialize("m", {"m": amount})) == amount


@given(st.text())
def test_money_nunca_revienta(text):
    try:
        assert isinstance(Money().deserialize(text), Decimal)
    except ValidationError as refusal:
        assert len(text.strip()) < 4 or text not in str(refusal)


def test_cantidad_porcentaje_y_entero_tienen_su_rango():
    assert Cantidad().deserialize("0.125") == Decimal("0.125")
    assert Porcentaje().deserialize(100) == 100
    assert Entero().deserialize("7.0") == 7
    for field, value in [
        (Cantidad(), "0.1255"), (Cantidad(min=0), -1), (Porcentaje(), "100.01"), (Porcentaje(), -1),
        (Entero(), 2**31), (Entero(), "1.5"), (Entero(min=1), 0), (Entero(), Decimal("1E+999999")),
    ]:  # fmt: skip
        with pytest.raises(ValidationError):
            field.deserialize(value)


@pytest.mark.parametrize("text", ["a\x00b", "a\x07", "a\x7f", "\x85a\x9f", "a\ud800", "\ufffd"])
def test_texto_rechaza_caracteres_de_control(text):
    with pytest.raises(ValidationError, match="no se permiten"):
        Texto().deserialize(text)


def test_texto_recorta_cuenta_caracteres_y_acepta_enteros():
    assert Texto(5).deserialize("  ñandú ") == "ñandú"
    assert Texto().deserialize("uno\ndos") == "uno\ndos"
    assert (
        Codigo().deserialize("\u202a1712345675\u202c\u200b ") == "1712345675"
    )  # as it is copied from a page
    family = "👩\u200d👧 y 🏴\U000e0067\U000e0062\U000e007f"
    assert Texto().deserialize(f"\ufeff{family}\u00a0") == family
    with pytest.raises(ValidationError, match="Falta"):
        Texto(required=True).deserialize("\u200b\u2060")
    assert Texto().deserialize(987654321) == "987654321"
    for field, value in [
        (Texto(5), "abcdef"),
        (Texto(min=3), "ab"),
        (Texto(), True),
        (Texto(), Decimal("1.5")),
    ]:
        with pytest.raises(ValidationError):
            field.deserialize(value)


def test_codigo_correo_clave_y_opcion():
    assert Codigo().deserialize(" FAC0000017 ") == "FAC0000017"
    assert Correo().deserialize("ana.paz+x@tienda.com.ec") == "ana.paz+x@tienda.com.ec"
    assert Clave().deserialize("  con espacios  ") == "  con espacios  "
    assert Opcion("BIEN", "SERVICIO").deserialize("BIEN") == "BIEN"
    for field, value in [
        (Codigo(), "A B"), (Codigo(5), "ABCDEF"), (Correo(), "ana"), (Correo(), "ana@tienda"),
        (Correo(), "ana @tienda.ec"), (Opcion("BIEN"), "bien"), (Opcion("BIEN"), ["BIEN"]),
        (Clave(), "a\x00b"),
    ]:  # fmt: skip
        with pytest.raises(ValidationError):
            field.deserialize(value)


def test_fechas_y_booleanos():
    assert Fecha().deserialize("2024-04-01").isoformat() == "2024-04-01"
    assert FechaHora().deserialize("2024-04-01T10:00:00-05:00").isoformat() == "2024-04-01T15:00:00+00:00"
    assert Booleano().deserialize("true") is True
    assert Booleano().deserialize(0) is False
    for field, value in [
        (Fecha(), "2024-02-30"), (Fecha(), "20240401"), (Fecha(), 20240401), (FechaHora(), "ayer"),
        (FechaHora(), "2024-04-01T10:00:00"), (FechaHora(), "0001-01-01T00:00:00+14:00"),
        (Booleano(), "quizás"), (Booleano(), 2),
    ]:  # fmt: skip
        with pytest.raises(ValidationError):
            field.deserialize(value)


class Formulario(Schema):
    nombre = Texto(20, required=True)
    nota = Texto(20)
    codigo = Codigo()
    precio = Money()
    fecha = Fecha()
    marcas = Lista(Texto(5), max=2)


def test_ausente_nulo_y_vacio_significan_lo_acordado():
    sent = {
        "nombre": "a",
        "nota": None,
        "codigo": "",
        "precio": None,
        "fecha": " ",
        "marcas": None,
        "extra": 1,
    }
    assert Formulario().load(sent) == {"nombre": "a", "nota": "", "codigo": ""}


def test_un_texto_obligatorio_no_se_vacia_ni_en_un_cambio_parcial():
    assert Formulario(partial=True).load({}) == {}
    for empty in ("", "  ", None):
        with pytest.raises(ValidationError, match="Falta este dato"):
            Formulario(partial=True).load({"nombre": empty})


def test_un_mapa_no_repite_las_claves_que_le_enviaron():
    assert Mapa(Entero()).deserialize({"0.50": "3"}) == {"0.50": 3}
    with pytest.raises(ValidationError) as refused:
        Mapa(Entero()).deserialize({"SECRETO": "x"})
    assert "SECRETO" not in str(refused.value)


def test_una_lista_tiene_un_maximo():
    with pytest.raises(ValidationError, match="demasiados elementos"):
        Formulario().load({"nombre": "a", "marcas": ["a", "b", "c"]})
