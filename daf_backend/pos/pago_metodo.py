"""The ways to pay, as acts name them."""

COBRO = ("EFECTIVO", "QR", "TRANSFERENCIA", "TARJETA", "SALDO")
PAGO = (*COBRO[:-1], "CREDITO", "SALDO")  # a debt is not paid by owing
