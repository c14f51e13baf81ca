"""One arithmetic of price, promotion and IVA on both sides, against an oracle that knows no SQL."""

from collections import defaultdict
from decimal import ROUND_HALF_UP, Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

CENT = Decimal("0.01")
RATES = [Decimal(rate) for rate in ("0", "5", "12", "14", "15", "8.5")]


def cents(amount: Decimal) -> Decimal:
    return amount.quantize(CENT, ROUND_HALF_UP)


def oracle(lines, including):
    """(gross, discount, subtotal, IVA) of each (quantity, price, promotion, rate)."""
    gross = [cents(quantity * price) for quantity, price, _, _ in lines]
    discount = [cents(g * promotion / 100) for g, (_, _, promotion, _) in zip(gross, lines, strict=True)]
    net = [g - d for g, d in zip(gross, discount, strict=True)]
    of_rate = defaultdict(list)
    for index, line in enumerate(lines):
        of_rate[line[3]].append(index)
    subtotal, iva = list(net), [Decimal(0)] * len(lines)
    for rate, indexes in of_rate.items():
        if including:
            bases = {i: cents(net[i] / (1 + rate / 100)) for i in indexes}
            largest = max(indexes, key=lambda i: (net[i], -i))
            total = sum((net[i] for i in indexes), Decimal(0))
            bases[largest] += cents(total / (1 + rate / 100)) - sum(bases.values())
            if not 0 <= bases[largest] <= net[largest]:
                run = Decimal(0)
                for i in indexes:
                    bases[i] = cents((run + net[i]) / (1 + rate / 100)) - cents(run / (1 + rate / 100))
                    run += net[i]
            for i in indexes:
                subtotal[i], iva[i] = bases[i], net[i] - bases[i]
        else:
            run = Decimal(0)
            for i in indexes:
                iva[i] = cents((run + net[i]) * rate / 100) - cents(run * rate / 100)
                run += net[i]
    return list(zip(gross, discount, subtotal, iva, strict=True))


few_cents = st.tuples(
    st.just(Decimal(1)),
    st.decimals(min_value="0.01", max_value="0.07", places=2),
    st.just(Decimal(0)),
    st.sampled_from(RATES[-2:]),
)
line = st.tuples(
    st.decimals(min_value="0.001", max_value="9999", places=3),
    st.decimals(min_value=0, max_value="9999", places=2),
    st.decimals(min_value=0, max_value=100, places=2),
    st.sampled_from(RATES),
)


def totals(conn, lines, including):
    columns = [list(column) for column in zip(*lines, strict=True)] or [[], [], [], []]
    rows = conn.execute(
        "SELECT bruto, descuento, subtotal, iva FROM privado.lineas_totalizar("
        "%s::numeric[], %s::numeric[], %s::numeric[], %s::numeric[], %s) ORDER BY linea",
        (*columns, including),
    )
    return rows.fetchall()


@pytest.mark.parametrize("side", ["pos", "ecom"])
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(lines=st.lists(line, max_size=8), including=st.booleans())
def test_los_totales_son_los_del_oraculo(request, side, lines, including):
    assert totals(request.getfixturevalue(side), lines, including) == oracle(lines, including)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(lines=st.lists(line, min_size=1, max_size=8))
def test_el_iva_de_una_tarifa_no_depende_de_como_se_parte_en_lineas(pos, lines):
    by_rate = defaultdict(lambda: [Decimal(0), Decimal(0)])
    for (_, _, subtotal, iva), (_, _, _, rate) in zip(totals(pos, lines, False), lines, strict=True):
        assert abs(iva - subtotal * rate / 100) <= CENT
        by_rate[rate][0] += subtotal
        by_rate[rate][1] += iva
    for rate, (subtotal, iva) in by_rate.items():
        assert iva == cents(subtotal * rate / 100)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(lines=st.lists(line, min_size=1, max_size=8))
def test_con_iva_incluido_se_paga_exactamente_el_neto(pos, lines):
    for gross, discount, subtotal, iva in totals(pos, lines, True):
        assert subtotal + iva == gross - discount


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(lines=st.lists(few_cents, min_size=1, max_size=30), including=st.booleans())
def test_muchas_lineas_de_centavos_no_dan_nada_negativo(pos, lines, including):
    rows = totals(pos, lines, including)
    assert rows == oracle(lines, including)
    for gross, discount, subtotal, iva in rows:
        assert 0 <= subtotal <= gross - discount
        assert iva >= 0


def test_la_mitad_se_redondea_hacia_afuera(pos):
    assert totals(pos, [(Decimal("0.5"), Decimal("0.01"), Decimal(0), Decimal(0))], False)[0][0] == Decimal(
        "0.01"
    )
    [(gross, discount, subtotal, iva)] = totals(
        pos, [(Decimal(1), Decimal("0.50"), Decimal(1), Decimal(15))], False
    )
    assert (gross, discount, subtotal, iva) == (
        Decimal("0.50"),
        Decimal("0.01"),
        Decimal("0.49"),
        Decimal("0.07"),
    )


def test_una_promocion_nula_es_ninguna(pos):
    assert totals(pos, [(Decimal(1), Decimal(10), None, Decimal(15))], False) == [
        (Decimal("10.00"), Decimal(0), Decimal("10.00"), Decimal("1.50"))
    ]
