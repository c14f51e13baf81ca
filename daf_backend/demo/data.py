"""The demo shop as plain data: deterministic, no clock, no files but the product list, no database.

``productos.csv`` is what the importer reads; ``python -m daf_backend.demo.data`` writes it again from the
assortment, and a test holds the two equal.
"""

import csv
import random
from collections.abc import Iterator
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import NamedTuple, TextIO

from .assortment import SURTIDO
from .ids import cedula, ean13, ruc_company, ruc_person

SEED = 20260101
PRODUCTOS_CSV = Path(__file__).with_name("productos.csv")
TIENDA = "Comercial El Quinde Azul"
RAZON_SOCIAL = "COMERCIAL EL QUINDE AZUL CIA. LTDA."
DIRECCION = "Av. de los Capulíes 24-15, Quito"
LUGARES = (("001", "Matriz Centro", "B001"), ("002", "Sucursal Norte", "B002"))
CAJA = "Caja 1"
ROLES = (
    "admin", "adm_bodega", "bodega", "adm_ventas", "ventas", "adm_fact",
    "adm_compras", "compras", "cajero", "contador", "auditor",
)  # fmt: skip
CATEGORIAS = {code: name for code, name, _ in SURTIDO}

_CENT = Decimal("0.01")
_PROMOTIONS = ("5", "10", "15", "20", "25")


class Producto(NamedTuple):
    """One row of the product list: the contract's names, in the order of the file."""

    prd_codigo_barras: str
    prd_nombre: str
    prd_desc_corta: str
    prd_desc_larga: str
    um_venta: str
    cat_codigo: str
    prd_precio_venta: str
    prd_costo: str
    prd_stock: str
    iva_codigo: str
    prd_promocion: str
    prd_prioridad: str
    prd_stock_minimo: str


class Cliente(NamedTuple):
    """One client, by the parameters of ``cliente_crear``."""

    cli_ruc_ced: str
    cli_nombre: str
    cli_tipo_id: str
    cli_celular: str
    cli_mail: str
    cli_direccion: str
    ct_codigo: str
    cli_limite_credito: str


class Persona(NamedTuple):
    """One member of staff and the branch where they work."""

    login: str
    rol: str
    nombre: str
    establecimiento: str

    @property
    def email(self) -> str:
        """An address that can never receive mail (RFC 2606)."""
        return f"{self.rol}@quinde.example"


def productos() -> Iterator[Producto]:
    """Every presentation of the assortment as a product, with its seeded stock, promotion and barcode."""
    chance = random.Random(SEED)
    number = 0
    for category, _, families in SURTIDO:
        for line in families.strip().splitlines():
            family, unit, iva, margin, brands, presentations = line.split("|")
            for turn, presentation in enumerate(presentations.split(";")):
                number += 1
                brand = brands.split(",")[turn % len(brands.split(","))]
                size, price = presentation.rsplit(" ", 1)
                yield _producto(chance, number, category, (family, brand, size), unit, iva, price, margin)


def _producto(
    chance: random.Random, number: int, category: str, words: tuple[str, str, str],
    unit: str, iva: str, price: str, margin: str,
) -> Producto:  # fmt: skip
    family, brand, size = words
    cost = (Decimal(price) * Decimal(margin)).quantize(_CENT, ROUND_HALF_UP)
    stock = chance.randrange(24, 241, 6)
    promotion = chance.choice(_PROMOTIONS) if chance.random() < 0.12 else "0"
    return Producto(
        prd_codigo_barras=ean13(number),
        prd_nombre=f"{family} {brand} {size}",
        prd_desc_corta=f"{family} de {size}" if size[0].isdigit() else f"{family} {size}",
        prd_desc_larga=f"{family} marca {brand}, presentación {size}. {CATEGORIAS[category]} de {TIENDA}.",
        um_venta=unit, cat_codigo=category, prd_precio_venta=price, prd_costo=str(cost),
        prd_stock=str(stock), iva_codigo=iva, prd_promocion=promotion,
        prd_prioridad="F" if chance.random() < 0.3 else "L",
        prd_stock_minimo=str(stock // 8),
    )  # fmt: skip


_NOMBRES = (
    "María José", "Luis Alberto", "Ana Lucía", "Carlos Andrés", "Rosa Elena", "Jorge Iván", "Diana Carolina",
    "Segundo Manuel", "Gabriela", "Byron Patricio", "Verónica", "Édison", "Paola", "Wilmer", "Nancy", "Galo",
)  # fmt: skip
_APELLIDOS = (
    "Quishpe", "Zambrano", "Guamán", "Cedeño", "Andrade", "Morocho", "Vera", "Toapanta", "Espinoza",
    "Chiluisa", "Sánchez", "Yánez", "Pilataxi", "Cárdenas", "Ordóñez", "Macías", "Tenesaca", "Villacís",
    "Peñafiel", "Moreira",
)  # fmt: skip
_EMPRESAS = (
    "Restaurante La Vasija", "Hostal Las Buganvillas", "Constructora Tres Volcanes", "Cafetería Medio Día",
    "Unidad Educativa Los Capulíes", "Taller Mecánico El Pistón", "Panificadora Espiga Alta",
    "Óptica Mirador", "Ferretería del Puente", "Transportes Ruta Sierra", "Florícola Rosal del Norte",
    "Clínica Veterinaria Pata Sana",
)  # fmt: skip
_CALLES = (
    "Av. de los Capulíes", "Calle Los Arrayanes", "Av. del Páramo", "Calle Chirimoyos", "Pasaje Quinde",
)  # fmt: skip
_CIUDADES = ("UIO", "UIO", "UIO", "GYE", "CUE", "ATF", "IBA", "LTX")


def clientes(count: int = 60) -> Iterator[Cliente]:
    """Clients with ids whose check digits hold: four in six a cédula, one a person's RUC, one a company's."""
    chance = random.Random(SEED + 1)
    for index in range(count):
        kind = "EMPRESA" if index % 6 == 5 else "RUC" if index % 6 == 4 else "CEDULA"
        number = _identity(chance, kind)
        name = _EMPRESAS[index // 6 % len(_EMPRESAS)] if kind == "EMPRESA" else _person(chance)
        yield Cliente(
            cli_ruc_ced=number,
            cli_nombre=f"{name} Cía. Ltda." if kind == "EMPRESA" else name,
            cli_tipo_id="CEDULA" if kind == "CEDULA" else "RUC",
            cli_celular=f"09{chance.randrange(10**8):08d}",
            cli_mail=f"cliente{index + 1:02d}@correo.example",
            cli_direccion=f"{chance.choice(_CALLES)} {chance.randrange(10, 99)}-{chance.randrange(10, 99)}",
            ct_codigo=chance.choice(_CIUDADES),
            cli_limite_credito="500.00" if kind == "EMPRESA" else "0.00",
        )


def _person(chance: random.Random) -> str:
    return f"{chance.choice(_NOMBRES)} {chance.choice(_APELLIDOS)} {chance.choice(_APELLIDOS)}"


def _identity(chance: random.Random, kind: str) -> str:
    province = chance.randrange(1, 25)
    if kind == "EMPRESA":
        found = None
        while found is None:
            found = ruc_company(province, chance.randrange(100_000, 999_999))
        return found
    serial = chance.randrange(6 * 10**6)
    return cedula(province, serial) if kind == "CEDULA" else ruc_person(province, serial)


def empresa_ruc() -> str:
    """The shop's own RUC."""
    return ruc_company(17, 912_345) or ""


def comprador() -> tuple[str, str]:
    """The shopper of the demonstration: an id no client of the shop has, and a name."""
    return cedula(17, 1_234_567), "Daniela Toapanta Vera"


def personal() -> Iterator[Persona]:
    """Eleven people, one per role; a seller and a cashier work at the second branch."""
    chance = random.Random(SEED + 2)
    for rol in ROLES:
        branch = "002" if rol in ("adm_ventas", "cajero") else "001"
        yield Persona(f"demo_{rol}", rol, _person(chance), branch)


def write_productos(out: TextIO) -> None:
    """Write the product list in the format that the importer reads."""
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(Producto._fields)
    writer.writerows(productos())


if __name__ == "__main__":
    with PRODUCTOS_CSV.open("w", encoding="utf-8", newline="") as target:
        write_productos(target)
