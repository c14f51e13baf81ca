"""Requests that run: what each field of a body may hold, in words of the demo shop.

The documents show them and the page sends them. A field is known by its name; one that is not gets something of its
type, so that every write has an example that is well formed (a test reads them all back).
"""

from typing import Any

from marshmallow import Schema as AnySchema
from marshmallow import fields

from .exact import Cantidad, Costo, Entero, Money, Porcentaje
from .fields import Booleano, Correo, Fecha, FechaHora, Imagen, Lista, Mapa, Objeto, Opcion

NAMED: dict[str, Any] = {
    "user": "demo_admin", "password": "la-clave-de-demo", "nueva": "una-clave-nueva-1", "actual": "la-clave-de-demo",
    "cli_ruc_ced": "1712345675", "cli_nombre": "Ana Pérez", "cli_codigo": "CLI0000002", "cli_celular": "0991234567",
    "cli_telefono": "022345678", "cli_mail": "ana@correo.example", "cli_direccion": "Av. Amazonas N24-1",
    "ct_codigo": "UIO", "um_venta": "UND", "um_compra": "KG", "um_codigo": "CAJ", "cat_codigo": "ASE",
    "prd_nombre": "Hamaca de algodón", "prd_codigo": "PRD0000001", "prd_precio_venta": "30.00", "prd_stock": 10,
    "prd_costo": "12.50", "iva_codigo": "GEN", "sri_codigo": "4", "prv_ruc": "1790012345001",
    "prv_razonsocial": "Hilandería Andina", "prv_codigo": "PRV0000001", "mp_descripcion": "Hilo de algodón",
    "mp_codigo": "MP00000001", "oc_codigo": "ODC0000001", "fac_codigo": "FAC0000001", "est_cod": "EST0000001",
    "trn_cod": "AJU", "krd_razon": "Conteo", "motivo": "Defecto de fábrica", "pxfa_codigo": 1, "bodega_destino": "B002",
    "pago": "BANCO", "metodo": "TRANSFERENCIA", "card_number": "4242424242424242", "dir_calle": "Av. Amazonas N24-1",
    "nombres": "Rosa", "p_apellido": "Paz", "fecha_nacimiento": "1990-05-01", "genero": "Femenino",
    "code": "12345678", "refresh_token": "el-refresh-token-del-ingreso", "nro_documento": "001-001-000000123",
    "persona": "demo_ventas", "punto_emision": "001-001", "total_impreso": "34.50",
    "eta_codigo": "003", "pto_codigo": "001", "bod_codigo": "B003", "porcentaje": 15, "desde": "2030-01-01",
}  # fmt: skip
# Optional fields that an example is better with.
WORTH = {
    "cli_celular",
    "cantidad",
    "prd_codigo",
    "prd_stock",
    "prd_costo",
    "ct_codigo",
    "krd_razon",
    "card_number",
    "costo_unitario",
}
_BY_TYPE: tuple[tuple[type[Any], Any], ...] = (
    (Money, "12.50"), (Costo, "2.50"), (Porcentaje, 10), (Cantidad, 2), (Entero, 1), (Booleano, True),
    (FechaHora, "2030-01-31T10:00:00-05:00"), (Fecha, "2030-01-31"), (Correo, "ana@correo.example"), (Mapa, {}),
)  # fmt: skip


def example(schema: AnySchema) -> dict[str, Any]:
    """A body that this schema takes; of a change, one field of those that can change."""
    shown = {
        field.data_key or name: value(name, field)
        for name, field in schema.load_fields.items()
        if (field.required and schema.partial is not True) or name in WORTH
    }
    if shown or not schema.load_fields:
        return shown
    kept = [(name, field) for name, field in schema.load_fields.items() if not isinstance(field, Imagen)]
    return {field.data_key or name: value(name, field) for name, field in kept[-1:]}


def value(name: str, field: fields.Field[Any]) -> Any:
    """What one field may hold."""
    if isinstance(field, Opcion):
        return NAMED[name] if NAMED.get(name) in field.choices else sorted(field.choices)[0]
    if isinstance(field, Objeto):
        return example(field.schema)
    if isinstance(field, Lista):
        return [value(name, field.inner)]
    if name in NAMED:
        return NAMED[name]
    if field.metadata.get("format") == "uuid":
        return "5f0c7c1e-3c1b-4a52-9b1e-6f2f0e9f8a10"
    found = next((shown for kind, shown in _BY_TYPE if isinstance(field, kind)), None)
    return found if found is not None else "Texto"[: getattr(field, "max", 5)]
