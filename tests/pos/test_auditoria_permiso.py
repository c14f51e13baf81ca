"""What changes in roles without us is found by looking; what we changed ourselves is not mistaken for it."""

import psycopg
import pytest

from daf_backend.auth.scram import verifier
from daf_backend.db.deploy import deploy
from tests.conftest import PASSWORD, as_login

EXTERNAL = (
    "SELECT clave, despues -> 'antes' -> 'roles', despues -> 'ahora' -> 'roles', despues -> 'ahora' -> 'poderes'"
    " FROM datos.auditoria WHERE tabla = 'PERMISO_EXTERNO'"
    " AND aud_id > current_setting('prueba.visto')::bigint ORDER BY aud_id"
)


@pytest.fixture
def look(pos, people):
    """What a look finds; the one before the test takes everything as it is."""
    for role in ("admin", "auditor"):  # made now: an act on roles keeps others from acting until it ends
        people.login(role)

    def review():
        return pos.execute("SELECT privado.permiso_revisar()").fetchone()[0]

    review()
    pos.execute("SELECT set_config('prueba.visto', max(aud_id)::text, true) FROM datos.auditoria")
    return review


def new_person(pos, people, login, role="ventas"):
    """Somebody whom an administrator makes, as they do."""
    with as_login(pos, people.login("admin")) as act:
        act(
            "usuario_crear",
            login=login, verificador=verifier(login, PASSWORD), rol=role, email=None, nombre=login, eta_codigo="001",
        )  # fmt: skip


def test_lo_que_hace_un_administrador_aqui_no_es_externo(pos, people, look):
    new_person(pos, people, "eva_propia")
    assert look() == 0
    with as_login(pos, people.login("admin")) as act:
        act("usuario_rol", login="eva_propia", roles=["bodega", "compras"])
    assert look() == 0
    assert pos.execute(EXTERNAL).fetchall() == []


@pytest.mark.parametrize(("done", "roles", "powers"), [
    ("GRANT adm_ventas TO eva_ajena", ["adm_ventas", "ventas"], ["LOGIN"]),
    ("REVOKE ventas FROM eva_ajena", None, None),
    ("ALTER ROLE eva_ajena CREATEROLE", ["ventas"], ["CREATEROLE", "LOGIN"]),
    ("ALTER ROLE eva_ajena NOLOGIN", ["ventas"], []),
    ("GRANT pg_read_all_data TO eva_ajena", ["pg_read_all_data", "ventas"], ["LOGIN"]),
    ("GRANT ventas TO eva_ajena WITH ADMIN OPTION", ["ventas (ADMIN)"], ["LOGIN"]),
    ("DROP ROLE eva_ajena", None, None),
])  # fmt: skip
def test_un_cambio_hecho_a_mano_queda_en_la_auditoria(pos, people, look, done, roles, powers):
    new_person(pos, people, "eva_ajena")
    pos.execute(done)
    assert look() == 1
    [(login, before, after, can)] = pos.execute(EXTERNAL).fetchall()
    assert (login, before, after, can) == ("eva_ajena", ["ventas"], roles, powers)
    assert look() == 0


def test_un_cambio_a_mano_no_se_esconde_detras_de_uno_nuestro(pos, people, look):
    new_person(pos, people, "eva_mixta")
    pos.execute("GRANT admin TO eva_mixta")
    with as_login(pos, people.login("admin")) as act:
        act("usuario_rol", login="eva_mixta", roles=["admin", "bodega"])
    assert look() == 1
    [(login, before, after, _)] = pos.execute(EXTERNAL).fetchall()
    assert (login, before, after) == ("eva_mixta", ["bodega"], ["admin", "bodega"])


def test_un_superusuario_nuevo_tambien_se_ve(pos, look):
    pos.execute("CREATE ROLE eva_reina LOGIN SUPERUSER")
    assert look() == 1
    assert pos.execute(EXTERNAL).fetchone()[3] == ["LOGIN", "SUPERUSER"]


def test_el_informe_de_permisos_junta_lo_nuestro_y_lo_externo(pos, people, look):
    new_person(pos, people, "eva_junta")
    pos.execute("GRANT contador TO eva_junta")
    look()
    with as_login(pos, people.login("auditor")) as act:
        found = act("auditoria_permisos", usuario="eva_junta")["data"]
    assert {"PERMISO", "PERMISO_EXTERNO", "usuario"} <= {row["tabla"] for row in found}
    assert found[0]["tabla"] == "PERMISO_EXTERNO"


@pytest.mark.parametrize(("damage", "invariant"), [
    ("ALTER ROLE ventas LOGIN", "roles_sin_poderes"),
    ("ALTER ROLE puente CREATEROLE", "roles_sin_poderes"),
    ("ALTER ROLE {person} BYPASSRLS", "roles_sin_poderes"),
    ("ALTER ROLE pos_datos SUPERUSER", "roles_sin_poderes"),
    ("ALTER ROLE {person} SUPERUSER", "roles_sin_poderes"),
    ("GRANT pos_datos TO {person}", "roles_en_su_lugar"),
    ("GRANT admin TO ventas", "roles_en_su_lugar"),
    ("GRANT ventas TO puente", "roles_en_su_lugar"),
    ("GRANT api_login TO {person}", "roles_en_su_lugar"),
    ("GRANT personal TO {person}", "roles_en_su_lugar"),
    ("GRANT pg_read_all_data TO {person}", "roles_en_su_lugar"),
    ("GRANT ventas TO {person} WITH ADMIN OPTION", "roles_en_su_lugar"),
    ("REVOKE personal FROM compras", "roles_en_su_lugar"),
])  # fmt: skip
def test_el_doctor_ve_un_rol_que_no_es_como_los_archivos(pos, people, damage, invariant):
    person = people.login("ventas")
    check = f"SELECT privado.doctor_{invariant}()"
    assert pos.execute(check).fetchall() == []
    pos.execute(damage.format(person=person))
    assert pos.execute(check).fetchall() != []


def test_lo_que_un_despliegue_corrige_queda_dicho(servers, settings, people):
    """A deploy gives the groups back what the files say, so it looks at them before and after."""
    with psycopg.connect(servers.admin_conninfo("pos"), autocommit=True) as conn:
        conn.execute("ALTER ROLE compras CREATEDB")
        deploy(servers, settings, echo=lambda line: None)
        told = conn.execute(
            "SELECT despues -> 'ahora' -> 'poderes' FROM datos.auditoria"
            " WHERE tabla = 'PERMISO_EXTERNO' AND clave = 'compras' ORDER BY aud_id DESC LIMIT 2"
        ).fetchall()
    assert told == [([],), (["CREATEDB"],)]
