"""Who may do what: the catalog as it was reviewed (``sql/permisos/catalogo.yaml``), and a server compared with it.

The snapshot lies beside the SQL it is the sum of, and not under ``tests/``, because production compares itself with it:
``daf permisos --diff``. ``tests/permisos.yaml`` is the other half, which routes let whom through, and repeats nothing
of this one.
"""
